# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How Dovecot is told to ask an OAuth 2.0 provider about tokens (RFC 7662)."""

import itertools
import os

CONFIG_23 = """
auth_mechanisms = plain login {mechanism}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {file}
}}
"""
OAUTH_23 = """
introspection_mode = post
introspection_url = {url}/introspect
username_attribute = email
force_introspection = yes
active_attribute = active
active_value = true
"""
CONFIG_24 = """
auth_mechanisms = plain login {mechanism}
oauth2 {{
  introspection_mode = post
  introspection_url = {url}/introspect
  username_attribute = email
  force_introspection = yes
  active_attribute = active
  active_value = true
}}
passdb oauth2 {{
  mechanisms_filter = xoauth2 oauthbearer
}}
"""


def make(folder, url, mechanism, version):
    """``extra_config`` of a Dovecot of ``version`` that offers ``mechanism`` for tokens.

    ``folder`` gets a file that Dovecot's user can read; ``url`` is the provider's.
    """
    file = folder / "oauth2.conf.ext"
    file.write_text(OAUTH_23.format(url=url))
    file.chmod(0o644)
    # for root, Dovecot runs as somebody else
    if os.geteuid() == 0:
        for parent in itertools.takewhile(lambda path: path.name, file.parents):
            if not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
    template = CONFIG_24 if version >= (2, 4) else CONFIG_23
    return template.format(mechanism=mechanism, url=url, file=file)
