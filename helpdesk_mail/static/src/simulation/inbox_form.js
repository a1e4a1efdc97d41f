import { Dropzone } from "@web/core/dropzone/dropzone";
import { _t } from "@web/core/l10n/translation";
import { formView } from "@web/views/form/form_view";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { registry } from "@web/core/registry";
import { useCustomDropzone } from "@web/core/dropzone/dropzone_hook";
import { useService } from "@web/core/utils/hooks";

// Base64 in one request: Odoo itself takes up to 128 MB; a mail of that size is no mail to try
const LARGEST = 50 * 1024 * 1024;

export class SimulationDropzone extends Dropzone {
    static template = "helpdesk_mail.SimulationDropzone";
}

/** The form of an inbox, on which a mail can be dropped: it is simulated, not taken in. */
export class InboxFormController extends formView.Controller {
    setup() {
        super.setup();
        this.notification = useService("notification");
        const root = this.rootRef;
        const sheet = {
            // the chatter beside it has a drop zone of its own, for attachments
            get el() {
                return root.el && root.el.querySelector(".o_form_sheet");
            },
        };
        useCustomDropzone(
            sheet,
            SimulationDropzone,
            { onDrop: (ev) => this.onDropMail(ev) },
            () => Boolean(this.model.root.resId)
        );
    }

    async onDropMail(ev) {
        ev.stopPropagation();
        const file = ev.dataTransfer.files[0];
        if (!file) {
            return;
        }
        if (file.size > LARGEST) {
            this.notification.add(_t("This file is too large for a mail."), { type: "danger" });
            return;
        }
        if (!(await this.model.root.save())) {
            return;
        }
        const url = await getDataURLFromFile(file);
        const [id] = await this.orm.create("helpdesk.inbox.simulation", [
            { inbox_id: this.model.root.resId, file: url.split(",")[1] || "", filename: file.name },
        ]);
        await this.env.services.action.doAction("helpdesk_mail.helpdesk_inbox_simulation_action", {
            props: { resId: id },
        });
    }
}

registry.category("views").add("helpdesk_mail_inbox_form", {
    ...formView,
    Controller: InboxFormController,
});
