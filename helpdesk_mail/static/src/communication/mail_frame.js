import { Component, onMounted, onWillUnmount, onWillUpdateProps, useRef, useState, xml } from "@odoo/owl";

import { remoteImages, showRemoteImages } from "../remote_images/remote_images";

// in the browser's own words: whatever a sanitizer lets through runs nothing, and loads nothing
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src 'self' data:";
const STYLE =
    "body { margin: 0; padding: 2px; font: 14px/1.5 system-ui, sans-serif; color: #212529;" +
    " overflow-wrap: break-word; } img { max-width: 100%; height: auto; } pre { white-space: pre-wrap; }" +
    " blockquote { margin: 0 0 0 4px; padding-left: 8px; border-left: 2px solid #ced4da; }";
const LARGEST = 20000;

/**
 * The HTML of a mail, apart from the page: no script runs in it, and pictures from the internet
 * wait for a click. The frame is as high as the mail.
 */
export class MailFrame extends Component {
    static template = xml`
        <div class="o_helpdesk_mail_frame">
            <div t-if="state.offersImages" class="small text-muted mb-1">
                Pictures from the internet are not shown.
                <button type="button" class="btn btn-link btn-sm p-0 ms-1" t-on-click="() => this.showImages()">
                    Show them
                </button>
            </div>
            <iframe t-ref="frame" class="w-100 border-0 d-block" title="Message"
                    sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
                    referrerpolicy="no-referrer" t-on-load="() => this.onLoad()"/>
        </div>`;
    static props = { html: { type: String } };

    setup() {
        this.frame = useRef("frame");
        this.state = useState({ offersImages: false });
        this.withImages = false;
        this.observer = new ResizeObserver(() => this.fit());
        onMounted(() => this.write(this.props.html));
        onWillUpdateProps((next) => {
            if (next.html !== this.props.html) {
                this.withImages = false;
                this.write(next.html);
            }
        });
        onWillUnmount(() => this.observer.disconnect());
    }

    get document() {
        return this.frame.el && this.frame.el.contentDocument;
    }

    write(html) {
        const policy = this.withImages ? `${POLICY} http: https:` : POLICY;
        this.frame.el.srcdoc =
            `<!DOCTYPE html><meta charset="utf-8"><base target="_blank">` +
            `<meta http-equiv="Content-Security-Policy" content="${policy}">` +
            `<meta name="referrer" content="no-referrer"><style>${STYLE}</style><body>${html}</body>`;
    }

    onLoad() {
        const root = this.document && this.document.body;
        if (!root) {
            return;
        }
        if (this.withImages) {
            showRemoteImages(root);
        }
        this.state.offersImages =
            !this.withImages && (remoteImages(root).length > 0 || this.hasForeignImages(root));
        this.observer.disconnect();
        this.observer.observe(root);
        this.fit();
    }

    hasForeignImages(root) {
        return [...root.querySelectorAll("img[src]")].some((image) => {
            const url = URL.parse(image.src, location.href);
            return url && ["http:", "https:"].includes(url.protocol) && url.origin !== location.origin;
        });
    }

    showImages() {
        this.withImages = true;
        this.write(this.props.html);
    }

    fit() {
        const root = this.document && this.document.body;
        if (root) {
            // with room for a scroll bar below what is too wide
            const page = this.document.documentElement;
            const extra = page.scrollWidth > page.clientWidth ? 30 : 12;
            this.frame.el.style.height = `${Math.min(root.scrollHeight + extra, LARGEST)}px`;
        }
    }
}
