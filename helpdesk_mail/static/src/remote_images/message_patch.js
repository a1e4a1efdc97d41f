import { Message } from "@mail/core/common/message";
import { patch } from "@web/core/utils/patch";

import { offerRemoteImages } from "./remote_images";

patch(Message.prototype, {
    prepareMessageBody(bodyEl) {
        super.prepareMessageBody(...arguments);
        if (bodyEl && this.message.message_type?.includes("email")) {
            offerRemoteImages(bodyEl);
        }
    },
});
