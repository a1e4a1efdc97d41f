# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An SMTP session that knows how far a mail got when the line breaks.

    before the final dot was sent   the server has nothing: safe to send again, at once where the
                                    connection had served other mails and merely ended
    after it, without an answer     nobody knows (RFC 5321, section 6.1): ``UnknownOutcome``
    after the answer                as the answer says; a QUIT that fails changes nothing

smtplib and Odoo tell the first two apart by nothing but the moment, which is noted here.
"""

import contextlib
import smtplib

# connections in a row that break in the middle of a mail: the others then wait for a better time
_MOST_BROKEN = 2
_QUIT_SECONDS = 5


class UnknownOutcome(smtplib.SMTPServerDisconnected):
    """The server got a whole mail and did not say what it does with it."""


class Nonsense(smtplib.SMTPServerDisconnected):
    """What the server said is no reply of SMTP; the connection is closed."""


class Line:
    """The connection behind one session of Odoo's queue; a new one where that is safe.

    :param session: smtplib.SMTP, connected and signed in
    :param connect: makes another one
    """

    def __init__(self, session, connect):
        self._connect = connect
        self._delivered = 0
        self._broken = 0
        self._failure = None
        self._take(session)

    def _take(self, connection):
        """Watch *connection*: whether the end of a mail was sent and not answered yet."""
        self._connection = connection
        self._delivered = 0
        self._unanswered = False
        # before the owner of the session puts its own in their place
        self._send, self._quit = connection.sendmail, connection.quit
        send, getreply = connection.send, connection.getreply

        def watched_send(data):
            send(data)
            # commands are str; if sending fails, the dot at the very end has not left
            self._unanswered = not isinstance(data, str)

        def watched_getreply():
            try:
                code, said = getreply()
            except smtplib.SMTPServerDisconnected as error:
                raise self._ended(error) from error
            except smtplib.SMTPResponseException as error:
                raise self._ended(Nonsense(str(error))) from error
            if not 200 <= code <= 599:
                connection.close()
                raise self._ended(Nonsense("The answer makes no sense"))
            self._unanswered = False
            return code, said

        connection.send, connection.getreply = watched_send, watched_getreply

    def _ended(self, error):
        return UnknownOutcome(str(error)) if self._unanswered else error

    def sendmail(self, *args):
        """As smtplib's, over another connection where this one has ended before the mail."""
        if self._connection.sock is None:
            self._renew()
        served = self._delivered
        try:
            return self._sendmail(*args)
        except (smtplib.SMTPException, OSError) as error:
            if not served or self._connection.sock or isinstance(error, UnknownOutcome):
                raise
            # servers end connections after some mails or seconds, and say so or not (421)
        self._renew()
        return self._sendmail(*args)

    def _sendmail(self, *args):
        try:
            refused = self._send(*args)
        except (smtplib.SMTPException, OSError) as error:
            if self._connection.sock is None:
                self._broken += 1
                if self._broken >= _MOST_BROKEN:
                    self._failure = error
            raise
        self._broken = 0
        self._delivered += 1
        return refused

    def _renew(self):
        if self._failure is not None:
            # of these mails none was tried
            raise smtplib.SMTPServerDisconnected(str(self._failure)) from self._failure
        try:
            self._take(self._connect())
        except Exception as error:
            self._failure = error
            raise

    def quit(self):
        """Say goodbye; what was sent stays sent however that ends."""
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if self._connection.sock is not None:
                self._connection.sock.settimeout(_QUIT_SECONDS)
                return self._quit()
        self._connection.close()
        return 221, b""
