import { Component, xml } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const WIDTH = 96;
const HEIGHT = 24;

/**
 * Numbers of a list as small bars, the newest at the right.
 *
 * The colour is that of the text around it, so that it suits light and dark screens.
 */
export class Sparkline extends Component {
    static template = xml`
        <svg class="o_helpdesk_mail_sparkline" role="img" t-att-aria-label="title"
             t-att-viewBox="viewBox" width="${WIDTH}" height="${HEIGHT}">
            <title t-esc="title"/>
            <line x1="0" x2="${WIDTH}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}"
                  stroke="currentColor" stroke-opacity="0.3"/>
            <rect t-foreach="bars" t-as="bar" t-key="bar_index" fill="currentColor" fill-opacity="0.7"
                  t-att-x="bar.x" t-att-y="bar.y" t-att-width="bar.width" t-att-height="bar.height"/>
        </svg>`;
    static props = { ...standardFieldProps };

    get viewBox() {
        return `0 0 ${WIDTH} ${HEIGHT}`;
    }

    get numbers() {
        const value = this.props.record.data[this.props.name];
        return Array.isArray(value) ? value : [];
    }

    get bars() {
        const numbers = this.numbers;
        const most = Math.max(1, ...numbers);
        const step = WIDTH / (numbers.length || 1);
        return numbers.map((number, index) => {
            const height = number ? Math.max(2, (number / most) * (HEIGHT - 2)) : 0;
            return { x: index * step, y: HEIGHT - height, width: step * 0.8, height };
        });
    }

    get title() {
        const numbers = this.numbers;
        const total = numbers.reduce((sum, number) => sum + number, 0);
        return _t("%(total)s mails in %(hours)s hours, at most %(most)s in one", {
            total,
            hours: numbers.length,
            most: Math.max(0, ...numbers),
        });
    }
}

registry.category("fields").add("helpdesk_mail_sparkline", {
    component: Sparkline,
    displayName: _t("Sparkline"),
    supportedTypes: ["json"],
});
