# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The add-on's ``README.rst`` and ``static/description/index.html`` from its ``readme/`` fragments.

The OCA's bot does the same for published add-ons; here it keeps the files true on every commit.
"""

from __future__ import annotations

import ast
import html
import re
import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parent.parent / "helpdesk_mail"
SECTIONS = (
    ("DESCRIPTION", ""),
    ("INSTALL", "Installation"),
    ("CONFIGURE", "Configuration"),
    ("USAGE", "Usage"),
    ("CONTRIBUTORS", "Contributors"),
)


def to_rst(markdown: str) -> str:
    """The Markdown that our fragments use (lists, bold, emphasis, code) as reStructuredText."""
    lines = []
    in_code = False
    for line in markdown.splitlines():
        if line.startswith("    ") and not in_code and (not lines or not lines[-1].strip()):
            lines += ["::", ""]
            in_code = True
        elif line.strip() and not line.startswith("    "):
            in_code = False
        if not in_code:
            line = re.sub(r"`([^`]+)`", r"``\1``", line)
        lines.append(line)
    return "\n".join(lines).strip() + "\n"


def to_html(markdown: str) -> str:
    """The same Markdown as HTML."""
    blocks = []
    for block in re.split(r"\n\s*\n", markdown.strip()):
        if all(line.startswith("    ") for line in block.splitlines()):
            blocks.append(f"<pre>{html.escape(block)}</pre>")
            continue
        text = html.escape(block, quote=False)
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
        text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
        text = re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)
        marker = re.match(r"(- |\d+\. )", text)
        if not marker:
            blocks.append(f"<p>{text}</p>")
            continue
        tag = "ul" if marker[0] == "- " else "ol"
        items = re.split(r"\n(?:- |\d+\. )", "\n" + text)[1:]
        blocks.append(f"<{tag}>" + "".join(f"<li>{item}</li>" for item in items) + f"</{tag}>")
    return "\n".join(blocks)


def render() -> dict[Path, str]:
    """Path -> content of the files made."""
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
    name = manifest["name"]
    rst = ["=" * len(name), name, "=" * len(name), ""]
    page = [f"<h1>{html.escape(name)}</h1>"]
    for fragment, title in SECTIONS:
        source = (ADDON / "readme" / f"{fragment}.md").read_text()
        if title:
            rst += [title, "=" * len(title), ""]
            page.append(f"<h2>{title}</h2>")
        rst += [to_rst(source)]
        page.append(to_html(source))
    body = "\n".join(page)
    return {
        ADDON / "README.rst": "\n".join(rst).rstrip() + "\n",
        ADDON
        / "static/description/index.html": f'<section class="oe_container">\n{body}\n</section>\n',
    }


def main(arguments: list[str]) -> int:
    """Write the files; with ``--check`` only say whether they are current."""
    stale = [
        path for path, text in render().items() if not path.exists() or path.read_text() != text
    ]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.name} is not current: run python3 -m dev.addon_readme")
        return 1 if stale else 0
    for path in stale:
        path.write_text(render()[path])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
