# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The configuration of a private Dovecot (:mod:`dev.dovecot`), for 2.3 and for 2.4."""

from __future__ import annotations

from collections.abc import Mapping

# What 2.3 and 2.4 write alike. No penalty and no delay after a refused password: tests do that
# on purpose. A login process that stays makes connections cheap.
COMMON_CONFIG = """\
base_dir = {run_dir}
state_dir = {run_dir}
log_path = {log_file}
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 2G
first_valid_uid = {uid}
first_valid_gid = {gid}
mail_max_userip_connections = 1000
mail_fsync = never
auth_failure_delay = 0
auth_username_chars = abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@+
ssl = {ssl}

namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Drafts {{
    special_use = \\Drafts
    auto = subscribe
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
}}

service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  {keep_process}
  client_limit = 1000
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  chroot =
  {keep_process}
  client_limit = 1000
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
service imap-urlauth-login {{
  chroot =
}}
"""

CONFIG_23 = """\
protocols = imap pop3
auth_mechanisms = plain login
auth_username_format = %u
mail_location = maildir:~/Maildir:LAYOUT=fs
passdb {{
  driver = passwd-file
  args = username_format=%u {users_dir}/%u
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={mail_dir}/%u
}}
service ipc {{
  chroot =
}}
service old-stats {{
  chroot =
}}
"""

CONFIG_24 = """\
protocols {{
  imap = yes
  pop3 = yes
}}
auth_mechanisms {{
  plain = yes
  login = yes
}}
auth_username_format = %{{user}}
mail_driver = maildir
mail_path = ~/Maildir
mailbox_list_layout = fs
passdb passwd-file {{
  passwd_file_path = {users_dir}/%{{user}}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {mail_dir}/%{{user}}
  }}
}}
"""


def render(
    version: tuple[int, int], values: Mapping[str, object], *, tls: bool, allow_clear_text: bool
) -> str:
    """The text of dovecot.conf for that version; ``values`` fills the templates above."""
    if version >= (2, 4):
        return _render_24(values, tls, allow_clear_text)
    return _render_23(values, tls, allow_clear_text)


def _render_23(values: Mapping[str, object], tls: bool, allow_clear_text: bool) -> str:
    text = (COMMON_CONFIG + CONFIG_23).format(keep_process="service_count = 0", **values)
    text += f"disable_plaintext_auth = {'no' if allow_clear_text else 'yes'}\n"
    if tls:
        text += "ssl_cert = <{tls_dir}/cert.pem\nssl_key = <{tls_dir}/key.pem\n".format(**values)
    return text


def _render_24(values: Mapping[str, object], tls: bool, allow_clear_text: bool) -> str:
    # The version must come first; it also fixes the meaning of defaults for later releases.
    text = "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n"
    keep = "restart_request_count = unlimited"
    text += (COMMON_CONFIG + CONFIG_24).format(keep_process=keep, **values)
    text += f"auth_allow_cleartext = {'yes' if allow_clear_text else 'no'}\n"
    if tls:
        text += (
            "ssl_server_cert_file = {tls_dir}/cert.pem\nssl_server_key_file = {tls_dir}/key.pem\n"
        ).format(**values)
    return text
