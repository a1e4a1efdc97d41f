# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Download of original mails."""

import io
import zipfile

from odoo import http
from odoo.http import content_disposition, request


class HelpdeskMailSource(http.Controller):
    @http.route("/helpdesk_mail/source", type="http", auth="user", methods=["GET"])
    def source(self, ids, **_kwargs):
        """The original mails *ids* (comma separated) as ``.eml``, several as a zip archive.

        Always as a download and never shown by the browser: a mail is hostile until proven
        otherwise.
        """
        try:
            mail_ids = [int(part) for part in ids.split(",")][:1000]
        except ValueError:
            raise request.not_found() from None
        mails = request.env["helpdesk.incoming.mail"].browse(mail_ids).exists()
        mails._check_manage()
        # sudo: the user may read these rows (checked above); their source may need the inbox's
        # password
        files = [(mail._eml_name(), mail._source()) for mail in mails.sudo()]
        files = [(name, content) for name, content in files if content]
        if not files:
            raise request.not_found()
        if len(files) == 1:
            name, content = files[0]
            kind = "message/rfc822"
        else:
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, content in files:
                    archive.writestr(name, content)
            name, content, kind = "mails.zip", stream.getvalue(), "application/zip"
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(name)),
                ("X-Content-Type-Options", "nosniff"),
                ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ],
        )
