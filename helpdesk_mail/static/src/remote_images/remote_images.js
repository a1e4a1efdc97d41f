import { _t } from "@web/core/l10n/translation";

// The parser of mails moves the address of a remote image here, so that reading a mail tells
// nobody that it was read. It is one of the attributes that Odoo's sanitizer keeps.
const ATTRIBUTE = "data-original-src";
// no regular expression: the minifier would take its slashes for a comment
const SCHEMES = ["http:", "https:"];

/**
 * @param {HTMLElement} root
 * @returns {HTMLImageElement[]} the images below root that wait for their reader's consent
 */
export function remoteImages(root) {
    return [...root.querySelectorAll(`img[${ATTRIBUTE}]:not([src])`)].filter((image) => {
        const address = image.getAttribute(ATTRIBUTE).toLowerCase();
        return SCHEMES.some((scheme) => address.startsWith(scheme));
    });
}

/**
 * Loads the remote images below root.
 *
 * @param {HTMLElement} root
 */
export function showRemoteImages(root) {
    for (const image of remoteImages(root)) {
        // the sender's server need not know which page of ours shows the mail
        image.referrerPolicy = "no-referrer";
        image.src = image.getAttribute(ATTRIBUTE);
    }
}

/**
 * Puts a bar with a button above a mail whose remote images are not shown.
 *
 * @param {HTMLElement} root
 */
export function offerRemoteImages(root) {
    if (!remoteImages(root).length || root.querySelector(".o_helpdesk_mail_remote_images")) {
        return;
    }
    const bar = document.createElement("div");
    bar.className = "o_helpdesk_mail_remote_images";
    // inside a shadow root no style sheet of the page counts
    bar.style.cssText = "font-size: 0.875em; margin-bottom: 0.5em;";
    const button = document.createElement("button");
    button.type = "button";
    button.style.cssText = "cursor: pointer; margin-inline-start: 0.5em;";
    button.textContent = _t("Show them");
    button.addEventListener("click", (ev) => {
        ev.stopPropagation();
        showRemoteImages(root);
        bar.remove();
    });
    bar.append(_t("Pictures from the internet are not shown."), button);
    root.prepend(bar);
}
