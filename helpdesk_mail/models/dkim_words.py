# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the codes of ``message.signing.dns_check`` mean, in words for people."""


def explain(env, code, detail="", expected=""):
    """The sentence for *code* in the reader's language, or "" for none.

    :param detail: what the finding is about
    :param expected: the record as it should be
    """
    found = {
        "key_ok": env._("The key is published."),
        "key_testing": env._(
            "The key is published, with a note that it is only tested (t=y): receivers may "
            "ignore it. Remove t=y."
        ),
        "key_missing": env._(
            "There is no such record yet. After you have added it, it may take some hours "
            "until it is seen."
        ),
        "key_doubled": env._(
            "The record stands at %(detail)s: the provider added the domain by itself. Enter "
            "the name without the domain.",
            detail=detail,
        ),
        "key_several": env._(
            "There are %(detail)s records at this name. Receivers use any of them: keep one.",
            detail=detail,
        ),
        "key_revoked": env._("The published record is empty (p=), which revokes the key."),
        "key_other": env._(
            "Another key is published at this name. Publish this one, or use another selector."
        ),
        "key_other_kind": env._(
            "The key is published as one of another kind. The record needs %(kind)s.",
            kind=next((tag for tag in expected.split("; ") if tag.startswith("k=")), "k="),
        ),
        "key_cut": env._(
            "The published key ends too early: the provider has cut it, perhaps after 255 "
            "characters. Enter it in several strings, as in the line of a zone file."
        ),
        "key_quoted": env._(
            "The published record contains quotes or backslashes. Enter it without them."
        ),
        "key_hash": env._("The published record does not allow SHA-256 (h=). Remove the tag h=."),
        "key_service": env._("The published record is not for mail (s=). Remove the tag s=."),
        "key_unreadable": env._("The published record cannot be read. Replace it."),
        "spf_ok": env._(
            "The outgoing server may send for this domain (%(detail)s).", detail=detail
        ),
        "spf_not_known": env._(
            "There is an SPF record. Which servers send in the end is not known here: ask the "
            "provider of the outgoing server whether it is in it."
        ),
        "spf_missing": env._(
            "There is no SPF record: receivers cannot tell which servers may send for this domain."
        ),
        "spf_several": env._(
            "There are %(detail)s SPF records, so none counts. Put them together into one.",
            detail=detail,
        ),
        "spf_unreadable": env._(
            "The SPF record has a mistake, so none of it counts: %(detail)s", detail=detail
        ),
        "spf_lacks": env._(
            "The SPF record does not name the outgoing server: %(detail)s is missing.",
            detail=detail,
        ),
        "spf_too_many": env._(
            "The SPF record asks DNS %(detail)s times; beyond 10 receivers ignore it. Remove "
            "what is no longer used.",
            detail=detail,
        ),
        "dmarc_none": env._(
            "There is a DMARC record that asks for reports only (p=none). Once they show that "
            "all your mail passes, change it to p=quarantine."
        ),
        "dmarc_enforced": env._(
            "There is a DMARC record: receivers treat forged mail as told (p=%(detail)s).",
            detail=detail,
        ),
        "dmarc_inherited": env._("The DMARC record of %(detail)s holds here too.", detail=detail),
        "dmarc_missing": env._(
            "There is no DMARC record. The large providers ask senders of much mail for one."
        ),
        "dmarc_several": env._(
            "There are %(detail)s DMARC records, so none counts. Keep one.", detail=detail
        ),
        "dmarc_unreadable": env._(
            "The DMARC record has a mistake (%(detail)s), so it does not count.", detail=detail
        ),
        "dmarc_strict": env._(
            "The DMARC record wants bounces to go to exactly this domain (aspf=s), and they go "
            "to %(detail)s: only the signature counts. Remove aspf=s, or change the bounce "
            "address.",
            detail=detail,
        ),
        "unanswered": env._("DNS did not answer. Try again."),
    }
    return found.get(code) or ""
