import { Component } from "@odoo/owl";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * The files of a mail, to look at and to download; the images that its text shows are not among
 * them.
 */
export class MailFiles extends Component {
    static template = "helpdesk_mail.MailFiles";
    static props = {
        /** [{id, name, mimetype, file_size}] */
        files: Array,
        html: { type: String, optional: true },
    };

    setup() {
        this.viewer = useFileViewer();
    }

    get files() {
        const shown = new Set();
        const text = this.props.html || "";
        for (const [, id] of text.matchAll(new RegExp('src="/web/image/([0-9]+)', "g"))) {
            shown.add(Number(id));
        }
        return this.props.files
            .filter((file) => !shown.has(file.id))
            .sort((one, other) => one.id - other.id)
            .map((file) => {
                const { id, name, mimetype } = file;
                const model = Object.assign(new FileModel(), { id, name, mimetype });
                return { model, size: this.size(file.file_size) };
            });
    }

    size(bytes) {
        const units = ["B", "kB", "MB", "GB"];
        let amount = bytes || 0;
        while (amount >= 1000 && units.length > 1) {
            amount /= 1000;
            units.shift();
        }
        return bytes ? `${amount < 10 ? Math.round(amount * 10) / 10 : Math.round(amount)} ${units[0]}` : "";
    }

    icon(model) {
        const kinds = { isImage: "image", isPdf: "pdf", isVideo: "video", isText: "text" };
        const kind = Object.keys(kinds).find((name) => model[name]);
        return kind ? `fa-file-${kinds[kind]}-o` : "fa-file-o";
    }

    view(model) {
        this.viewer.open(
            model,
            this.files.map((file) => file.model).map((other) => (other.id === model.id ? model : other))
        );
    }
}

export class MailboxFilesField extends Component {
    static template = "helpdesk_mail.MailboxFilesField";
    static components = { MailFiles };
    static props = { ...standardFieldProps };

    get files() {
        return this.props.record.data[this.props.name].records.map((record) => ({
            id: record.resId,
            ...record.data,
        }));
    }

    get html() {
        return String(this.props.record.data.body || "");
    }
}

registry.category("fields").add("helpdesk_mailbox_files", {
    component: MailboxFilesField,
    supportedTypes: ["many2many"],
    isEmpty: () => false,
    relatedFields: [
        { name: "name", type: "char" },
        { name: "mimetype", type: "char" },
        { name: "file_size", type: "integer" },
    ],
    fieldDependencies: [{ name: "body", type: "html" }],
});
