import { registry } from "@web/core/registry";

import { patient } from "./patient";

const mail = ".o-mail-Message-body > div:shadow";
const loaded = "img[src*='/helpdesk_mail/static/description/icon.png']";

registry.category("web_tour.tours").add("helpdesk_mail_remote_images", {
    steps: () => [
        {
            content: "The mail in the chatter shows no picture of the internet",
            trigger: `${mail} .o_helpdesk_mail_remote_images`,
        },
        { trigger: `${mail} img[alt='our logo']:not([src])` },
        {
            trigger: `${mail} .o_helpdesk_mail_remote_images button`,
            run: "click",
        },
        {
            content: "Now it does, and the description still does not",
            trigger: `${mail} ${loaded}`,
        },
        { trigger: `[name='description']:not(:has(${loaded}))` },
        {
            trigger: "button[name='action_show_remote_images']",
            run: "click",
        },
        {
            content: "Now the description does as well, and nothing more is offered",
            trigger: `[name='description'] ${loaded}`,
        },
        { trigger: "body:not(:has(button[name='action_show_remote_images']:visible))" },
    ].map(patient),
});
