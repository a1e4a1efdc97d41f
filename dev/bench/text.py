# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words and markup that the generated mails are made of."""

from __future__ import annotations

import html
import random

# language -> (charsets that can write it, words)
LANGUAGES = {
    "en": (
        ("us-ascii", "utf-8"),
        "the printer invoice order delivery broken screen please help since Monday our office "
        "account password license update error message cannot open report customer number "
        "warranty answer again meeting device support today attached document thank regards "
        "urgent system".split(),
    ),
    "de": (
        ("utf-8", "iso-8859-1", "iso-8859-15"),
        "der Drucker Rechnung Lieferung Gerät möchten bitte seit Montag Büro Konto Passwort "
        "Größe Fehlermeldung öffnen Kündigung Auftrag Gewährleistung Antwort nächste "
        "Besprechung für über müssen heute Anhang Grüße dringend Störung prüfen geändert".split(),
    ),
    "fr": (
        ("utf-8", "windows-1252"),
        "l’imprimante facture livraison écran s’il vous plaît depuis lundi bureau compte mot "
        "de passe à jour numéro garantie réponse réunion très aujourd’hui pièce jointe merci "
        "problème œuvre système déjà envoyé reçu".split(),
    ),
    "ru": (
        ("utf-8", "koi8-r"),
        "принтер счёт доставка экран пожалуйста помогите понедельник офис пароль лицензия "
        "ошибка сообщение открыть отчёт клиент номер гарантия ответ сегодня документ спасибо "
        "срочно".split(),
    ),
    "ja": (
        ("utf-8", "iso-2022-jp"),
        "プリンター 請求書 配送 画面 お願いします 月曜日 事務所 パスワード 更新 エラー 報告 "
        "番号 保証 回答 会議 本日 添付 書類 ありがとう 至急".split(),
    ),
}
_WEIGHTS = (50, 22, 16, 7, 5)

_STYLE = """\
<style type="text/css" style="display:none;">
<!--
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt;
 font-family:"Calibri",sans-serif;}
a:link, span.MsoHyperlink {color:#0563C1; text-decoration:underline;}
.signature td {padding:2px 8px; font-family:Arial,Helvetica,sans-serif; font-size:9pt;}
p.MsoListParagraph, li.MsoListParagraph {margin-right:0cm; margin-left:36.0pt; font-size:11.0pt;
 font-family:"Calibri",sans-serif;}
span.EmailStyle17 {mso-style-type:personal-compose; font-family:"Calibri",sans-serif;
 color:windowtext;}
.MsoChpDefault {mso-style-type:export-only; font-family:"Calibri",sans-serif;}
@page WordSection1 {size:612.0pt 792.0pt; margin:70.85pt 70.85pt 2.0cm 70.85pt;}
div.WordSection1 {page:WordSection1;}
@media only screen and (max-width:600px) { table.wide { width:100% !important; } }
-->
</style>"""

_PARAGRAPH = '<p class="MsoNormal" style="margin:0 0 8pt 0">{spans}<o:p></o:p></p>\n'
# Office programs begin a new span at every spelling mark and every correction.
_SPAN = (
    '<span lang="{language}" style="font-size:11.0pt;font-family:&quot;Calibri&quot;,sans-serif;'
    'color:#1F497D;mso-fareast-language:EN-US">{text}</span> '
)
_SPAN_WORDS = 6

_SIGNATURE = """\
<table class="signature" border="0" cellspacing="0" cellpadding="0" width="480"
 style="border-collapse:collapse;margin-top:16px"><tbody>
<tr><td rowspan="3" width="96" style="border-right:2px solid #0a6ebd">{logo}</td>
<td style="color:#333333"><b>{name}</b></td></tr>
<tr><td style="color:#777777"><a href="mailto:{email}" target="_blank">{email}</a></td></tr>
<tr><td><a href="https://www.example.com/?utm_source=mail&amp;utm_medium=signature"
 style="color:#0a6ebd">www.example.com</a> &nbsp;|&nbsp; +00 555 0100</td></tr>
</tbody></table>
"""

_DISCLAIMER = (
    '<div style="font-size:8pt;color:#999999;font-family:Arial,sans-serif">This message is meant '
    "for the person to whom it is addressed.&nbsp;If it reached you by mistake, please tell the "
    "sender and delete it. <br></div>\n"
)


def language(rng: random.Random) -> str:
    """A language, the common ones more often."""
    return rng.choices(list(LANGUAGES), _WEIGHTS)[0]


def sentence(rng: random.Random, name: str, low: int, high: int) -> str:
    """Some words of a language."""
    return " ".join(rng.choices(LANGUAGES[name][1], k=rng.randint(low, high)))


def paragraphs(rng: random.Random, name: str, low: int, high: int) -> list[str]:
    """What a person writes."""
    return [sentence(rng, name, 8, 60) + "." for _ in range(rng.randint(low, high))]


def page(
    lines: list[str],
    name: str,
    sender: tuple[str, str],
    quoted: str,
    cid: str,
) -> str:
    """The HTML of a mail as office programs write it.

    ``cid`` is the content id of the logo, "" without one.
    """
    logo = f'<img src="cid:{cid}" alt="logo" width="88" height="40">' if cid else "&nbsp;"
    body = "".join(_PARAGRAPH.format(spans=_spans(line, name)) for line in lines)
    signature = _SIGNATURE.format(logo=logo, name=html.escape(sender[0]), email=sender[1])
    return (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>'
        f'{_STYLE}</head><body dir="ltr" link="#0563C1" vlink="#954F72">\n'
        f"<!--[if gte mso 9]><xml><o:p></o:p></xml><![endif]-->\n<div>{body}</div>\n"
        f"{signature}{_DISCLAIMER}{quoted}</body></html>\n"
    )


def _spans(line: str, name: str) -> str:
    words = html.escape(line).split(" ")
    return "".join(
        _SPAN.format(language=name, text=" ".join(words[start : start + _SPAN_WORDS]))
        for start in range(0, len(words), _SPAN_WORDS)
    )


def quote_html(who: str, inner: str) -> str:
    """Earlier markup as a mail program quotes it."""
    return (
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f"<b>From:</b> {html.escape(who)}<br></div>\n"
        '<blockquote type="cite" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;'
        f'padding-left:1ex">\n{inner}</blockquote>\n'
    )


def quote_text(who: str, text: str) -> str:
    """Earlier text as a mail program quotes it."""
    return f"{who} wrote:\n" + "".join(f"> {line}\n" for line in text.splitlines())
