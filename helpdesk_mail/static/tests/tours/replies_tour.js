import { registry } from "@web/core/registry";

import { patient } from "./patient";

const mail = ".o-mail-Message-body > div:shadow";
const quoted = "span[data-o-mail-quote]:contains(Try it.)";

registry.category("web_tour.tours").add("helpdesk_mail_folded_reply", {
    steps: () => [
        {
            content: "The new words are seen, what they answer is not",
            trigger: `${mail} div:contains(It works now.)`,
        },
        { trigger: `${mail} ${quoted}:not(:visible)` },
        { trigger: `${mail} .o-mail-ellipsis`, run: "click" },
        { content: "Three dots open it", trigger: `${mail} ${quoted}:visible` },
        { trigger: `${mail} .o-mail-ellipsis`, run: "click" },
        { trigger: `${mail} ${quoted}:not(:visible)` },
    ].map(patient),
});
