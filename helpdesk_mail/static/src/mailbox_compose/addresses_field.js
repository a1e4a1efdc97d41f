// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// Recipients as people know them: customers are proposed, any other address may be typed.
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { Component } from "@odoo/owl";
import { TagsList } from "@web/core/tags_list/tags_list";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useService } from "@web/core/utils/hooks";

const RED = 1;
const LIKE_AN_ADDRESS = /^(?:[^<>]*<)?[^\s<>@,;]+@[^\s<>@,;]+>?$/;

/**
 * The addresses of a field: cut at commas and semicolons that stand in no quotes and brackets.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function splitAddresses(text) {
    const found = [];
    let current = "";
    let quoted = false;
    let angle = false;
    for (const sign of (text || "").replace(/[\r\n]+/g, ",")) {
        if (sign === '"') {
            quoted = !quoted;
        } else if (sign === "<" && !quoted) {
            angle = true;
        } else if (sign === ">" && !quoted) {
            angle = false;
        }
        if ((sign === "," || sign === ";") && !quoted && !angle) {
            found.push(current.trim());
            current = "";
        } else {
            current += sign;
        }
    }
    found.push(current.trim());
    return found.filter(Boolean);
}

export class AddressesField extends Component {
    static template = "helpdesk_mail.AddressesField";
    static components = { AutoComplete, TagsList };
    static props = { ...standardFieldProps, placeholder: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
    }

    get entries() {
        return splitAddresses(this.props.record.data[this.props.name]);
    }

    get tags() {
        return this.entries.map((text, index) => ({
            id: `${index}-${text}`,
            text: text.replace(/^"([^"]*)" </, "$1 <"),
            colorIndex: LIKE_AN_ADDRESS.test(text) ? 0 : RED,
            onDelete: this.props.readonly
                ? undefined
                : () => this.update(this.entries.filter((_entry, place) => place !== index)),
        }));
    }

    get sources() {
        return [
            {
                placeholder: _t("Searching..."),
                options: async (term) => {
                    if (term.trim().length < 2) {
                        return [];
                    }
                    const found = await this.orm.call(
                        "helpdesk.mailbox.message",
                        "suggest_addresses",
                        [term.trim()]
                    );
                    return found.map(({ name, email }) => ({
                        label: name ? `${name} <${email}>` : email,
                        onSelect: () =>
                            this.add(
                                name ? `"${name.replace(/["\\]/g, "'")}" <${email}>` : email
                            ),
                    }));
                },
            },
        ];
    }

    update(entries) {
        return this.props.record.update({ [this.props.name]: entries.join(", ") });
    }

    add(text) {
        const known = this.entries;
        const added = splitAddresses(text).filter((entry) => !known.includes(entry));
        return added.length ? this.update([...known, ...added]) : undefined;
    }

    /** What was typed becomes an entry once its author goes on. */
    take(input) {
        const text = input.value;
        input.value = "";
        if (text.trim()) {
            this.add(text);
        }
    }

    onKeydown(ev) {
        const input = ev.target;
        if (input.tagName !== "INPUT") {
            return;
        }
        if (ev.key === "," || ev.key === ";") {
            const quoted = (input.value.match(/"/g) || []).length % 2;
            if (!quoted) {
                ev.preventDefault();
                ev.stopPropagation();
                this.take(input);
            }
        } else if (ev.key === "Enter" && LIKE_AN_ADDRESS.test(input.value.trim())) {
            const active = input.getAttribute("aria-activedescendant");
            // a whole address is meant as it stands, unless a proposal was chosen
            if (!active || !this.isMoving) {
                ev.preventDefault();
                ev.stopPropagation();
                this.take(input);
            }
        } else if (ev.key === "Backspace" && !input.value && this.entries.length) {
            this.update(this.entries.slice(0, -1));
        }
        this.isMoving = ev.key === "ArrowDown" || ev.key === "ArrowUp";
    }

    onPaste(ev) {
        const text = ev.clipboardData?.getData("text/plain") || "";
        if (/[,;\r\n]/.test(text) && text.includes("@")) {
            ev.preventDefault();
            this.add(text);
        }
    }

    onFocusOut(ev) {
        if (ev.target.tagName === "INPUT" && ev.target.value.trim()) {
            const menu = ev.currentTarget;
            // choosing a proposal is no leaving
            if (!ev.relatedTarget || !menu.contains(ev.relatedTarget)) {
                this.take(ev.target);
            }
        }
    }
}

registry.category("fields").add("helpdesk_mail_addresses", {
    component: AddressesField,
    displayName: _t("Mail addresses"),
    supportedTypes: ["char", "text"],
    extractProps: ({ attrs }) => ({ placeholder: attrs.placeholder }),
});
