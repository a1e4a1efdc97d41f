import { Component, onWillUnmount, onWillUpdateProps, useRef, useState } from "@odoo/owl";

import { remoteImages, showRemoteImages } from "../../remote_images/remote_images";

// a mail that grows with its frame would grow for ever
const HIGHEST = 20000;

const STYLE = `
    html { background: #fff; color: #212529; color-scheme: light; }
    body {
        display: flow-root; margin: 0; padding: 4px; font: 14px/1.5 system-ui, sans-serif;
        overflow-wrap: break-word;
    }
    img { max-width: 100%; height: auto; }
    pre { white-space: pre-wrap; }
    blockquote { border-left: 2px solid #ccc; margin: 0 0 0 4px; padding-left: 10px; color: #555; }
`;

/**
 * Says what a page with a mail may load, in the words of a Content-Security-Policy: images of the
 * mail itself, and those of the internet once its reader asked for them.
 *
 * @param {boolean} withRemote
 * @returns {string}
 */
function policy(withRemote) {
    const images = `data: ${window.location.origin}/web/image/`;
    return [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        `img-src ${images}${withRemote ? " https: http:" : ""}`,
        "form-action 'none'",
        "base-uri 'none'",
    ].join("; ");
}

/**
 * Shows the HTML of a mail in a frame where nothing runs and nothing of the page is in reach.
 * The frame has the page's origin, without which it could neither show the images of the mail nor
 * be measured; no script runs in it, so nothing makes use of that.
 */
export class MailBody extends Component {
    static template = "helpdesk_mail.MailBody";
    static props = { html: { type: String, optional: true } };

    setup() {
        this.frame = useRef("frame");
        this.state = useState({ withRemote: false, height: 40 });
        this.observer = new ResizeObserver(() => this.measure());
        this.read(this.props.html);
        onWillUpdateProps((next) => {
            if (next.html !== this.props.html) {
                this.state.withRemote = false;
                this.read(next.html);
            }
        });
        onWillUnmount(() => this.observer.disconnect());
    }

    read(html) {
        // an inert document: it loads nothing
        this.document = new DOMParser().parseFromString(html || "", "text/html");
        this.hasRemote = remoteImages(this.document.body).length > 0;
        this.source = this.page(false);
    }

    page(withRemote) {
        return `<!DOCTYPE html><html><head><meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="${policy(withRemote)}">
            <meta name="referrer" content="no-referrer"><base target="_blank">
            <style>${STYLE}</style></head><body>${this.document.body.innerHTML}</body></html>`;
    }

    showRemote() {
        showRemoteImages(this.document.body);
        this.source = this.page(true);
        this.state.withRemote = true;
    }

    onLoad() {
        const page = this.frame.el?.contentDocument;
        if (!page?.body) {
            return;
        }
        for (const image of page.images) {
            image.addEventListener("load", () => this.measure());
        }
        this.observer.disconnect();
        this.observer.observe(this.frame.el);
        this.measure();
    }

    measure() {
        const page = this.frame.el?.contentDocument;
        const width = this.frame.el?.clientWidth;
        const body = page?.body;
        if (!body || !width) {
            return;
        }
        // a wide table needs room for the bar that scrolls it
        const bar = body.scrollWidth > width ? 18 : 0;
        const height = Math.min(body.offsetHeight + bar + 2, HIGHEST);
        if (height !== this.state.height) {
            this.state.height = height;
        }
    }
}
