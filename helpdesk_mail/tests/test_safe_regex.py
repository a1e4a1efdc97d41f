# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Regular expressions that people type in: what could run away is refused, the rest is fast."""

import contextlib
import random
import re
import time

from odoo.tests import BaseCase, tagged

from ..intake import safe_regex
from ..intake.safe_regex import Automaton, Searcher, UnsafeRegex

# taken from write-ups of real outages and from the lists of those who hunt for them
RUNAWAY = r"""
(a+)+
(a+)+$
(a*)*b
(a*)+b
([a-zA-Z]+)*$
(a|aa)+$
(a|a?)+$
(a|b|ab)*c
(.*)*
(.+)+@
(?:.*)+x
(.*a){12}
(.*a){20}$
(a+){10}y
(x+x+)+y
((a+)b?)+c
((ab)*)*c
((((a+)+)+)+)+
(\d+)*x
(\w+\s?)*$
^(\w+\s?)*$
^((\w+)\s*)*$
^(?:[a-z]+)*[0-9]$
([^"]*)*"
^(([a-z])+.)+[A-Z]([a-z])+$
^(a?){25}a{25}$
^a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaaaaaaaaaa$
(?i)(a|A)*(a|b)*(c|a)*$x(y+)+
<([a-z]+)(?:\s*\w+\s*=?\s*)*>
(?:a|a|b)*?(?:a+)*c
^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$
.*.*=.*
\d+\d+$
\s*\s*x
(?:(?:\"|'|\]|\}|\\|\d|(?:nan|infinity|true|false|null|undefined|symbol|math)|\`|\-|\+)+[)]*;?((?:\s|-|~|!|{}|\|\||\+)*.*(?:.*=.*)))
(a)\1
(?P<q>['"]).*(?P=q)
(x)?(?(1)a|b)
(?=(a+)+$)x
(a++)+b
a{60000}
(a{1,400}){1,400}
""".strip().splitlines()
BROKEN = ["(", "[a-", "*x", "a**", "(?P<1>x)", "\\", "a{2,1}", "x" * 501]
MATCHES_ALL = ["", "(?:)", ".*", "x*", "^", "$", r"\b", "x|", r"(spam)?"]
ORDINARY = r"""
viagra
\bviagra\b
viagra|cialis|levitra
^\[?(?:spam|adv)\]?
^Re:.*invoice.*overdue
win(ner|ning)?
[0-9]{3,}%\s+off
\b(free|cheap)\s+(meds|pills)\b
unsubscribe.*click here
[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}
^[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}$
^noreply@
.*@spam\.example$
@(?:.*\.)?spam\.example$
^[a-z]+\d+@
^[a-z]{2,8}\d{4,}@.*\.ru$
\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}
(?:\d{1,3}\.){3}\d{1,3}
https?://(?:www\.)?[a-z0-9-]+\.(?:ru|cn|top)/
https?://\S+\.(?:exe|zip|scr)\b
^\s*$
\s+$
^\s+|\s+$
^$
\$\d+(,\d{3})*(\.\d+)?
(?i)crypto|bitcoin|ethereum
make\s+\$?\d+[,.]?\d*\s*(?:a|per)\s+(?:day|week|month)
\(?\d{3}\)?[-.\s]?\d{3}[-.\s]?\d{4}
(?:lottery|lotto).{0,40}(?:won|winner)
invoice.*\d+\.pdf
dear\s+\w+\s*\w*
dear\s+.*customer
^(?:fwd?|re|aw|wg):\s*
[^\x00-\x7f]{5,}
[\u0400-\u04ff]+
seo (?:services|ranking)
#\d+
a.*b
\w+@\w+\.com
(\w+\s)*end
(?:[a-z0-9]+-)*offer
"[^"]*"
<a [^>]*href
foo.*bar.*baz
^.*foo.*bar.*$
\b\w+\b\s+\b\w+\b
(?:un)?subscribe
[aeiou]{4,}
^\d{5}$
20\d\d-\d\d-\d\d
""".strip().splitlines()


def search(pattern, text):
    return Searcher([(True, safe_regex.automaton(pattern))]).find(text) is not None


def some_pattern(rng, depth=0):
    """A made-up expression, nested a few times."""
    dice = rng.random()
    if depth > 3 or dice < 0.35:
        return rng.choice(["a", "b", "ab", "c", ".", "[ab]", "[^a]", r"\w", r"\d", "1", r"\s", " "])
    if dice < 0.55:
        count = rng.choice(["*", "+", "?", "{2,}", "{2}", "{1,3}", "{3,20}", "*?", "{12}"])
        return f"(?:{some_pattern(rng, depth + 1)}){count}"
    if dice < 0.7:
        return rng.choice(["a", ".", "[ab]", r"\w", "[^b]"]) + rng.choice(["*", "+", "?", "{0,2}"])
    first, second = some_pattern(rng, depth + 1), some_pattern(rng, depth + 1)
    return f"(?:{first}|{second})" if dice < 0.8 else first + second


def accepted_patterns(count, seed=4):
    rng = random.Random(seed)
    while count:
        begin, end = rng.choice(["", "^", r"\b", r"\A"]), rng.choice(["", "$", "x", r"\b", r"\Z"])
        pattern = f"{begin}{some_pattern(rng)}{some_pattern(rng)}{end}"
        try:
            safe_regex.check(pattern)
        except UnsafeRegex:
            continue
        count -= 1
        yield pattern


@tagged("helpdesk_mail_quick")
class TestSafeRegex(BaseCase):
    def refused(self, pattern):
        with self.assertRaises(UnsafeRegex, msg=pattern) as caught:
            safe_regex.check(pattern)
        return caught.exception.code

    def test_patterns_that_could_run_away_are_refused(self):
        for pattern in RUNAWAY:
            with self.subTest(pattern):
                codes = ("nested", "adjacent", "unsupported", "complex")
                self.assertIn(self.refused(pattern), codes)

    def test_refusing_takes_no_time_itself(self):
        started = time.process_time()
        for pattern in [*RUNAWAY, "(a|b|ab)*" * 50, "(" * 200 + "a" + ")*" * 200, "(a?){99}" * 60]:
            with contextlib.suppress(UnsafeRegex):
                safe_regex.check(pattern)
        # what runs away takes hours
        self.assertLess(time.process_time() - started, 120)

    def test_broken_patterns_are_refused(self):
        for pattern in BROKEN:
            with self.subTest(pattern):
                self.assertIn(self.refused(pattern), ("syntax", "too_long"))

    def test_patterns_that_match_everything_are_refused(self):
        for pattern in MATCHES_ALL:
            with self.subTest(pattern):
                self.assertEqual(self.refused(pattern), "matches_all")

    def test_ordinary_patterns_are_accepted(self):
        for pattern in ORDINARY:
            with self.subTest(pattern):
                safe_regex.check(pattern)

    def test_matches_as_python_does(self):
        rng = random.Random(7)
        for pattern in [*ORDINARY, *accepted_patterns(250)]:
            searcher = Searcher([(True, safe_regex.automaton(pattern))])
            expected = re.compile(pattern, safe_regex.FLAGS)
            for _round in range(20):
                text = "".join(rng.choice("aaabbbcx1 \ny_Aé@.") for _ in range(rng.randint(0, 14)))
                self.assertEqual(
                    searcher.find(text) is not None,
                    expected.search(text) is not None,
                    (pattern, text),
                )

    def test_no_accepted_pattern_takes_more_than_linear_time(self):
        """Texts made of what the pattern repeats, and one that has every new state."""
        rng = random.Random(9)
        hostile = [lambda n, w=w: (w * n)[:n] for w in ("a", "ab", "b", "1", "abc ", "a1", "aab")]
        hostile.append(lambda n: "".join(rng.choice("abc1 ") for _ in range(n)))

        def seconds(pattern, text):
            # a searcher that has learnt nothing yet: the worst case
            searcher = Searcher([(True, safe_regex.automaton(pattern))])
            started = time.process_time()
            searcher.find(text)
            return time.process_time() - started

        for pattern in [*ORDINARY, *accepted_patterns(40, seed=5)]:
            for make in hostile:
                texts = [make(size) for size in (5_000, 20_000)]
                # the best of a few: Python may tidy up its memory in the middle of one
                for _try in range(4):
                    short, long = (seconds(pattern, text) for text in texts)
                    if long < 12 * short + 0.3:
                        break
                else:
                    self.fail(f"{pattern}: {short} s, and {long} s for four times as much")

    def test_memory_is_bounded(self):
        """A text that is new with every character does not make the automaton grow for ever."""
        rng = random.Random(3)
        searcher = Searcher([(True, safe_regex.automaton("a.{0,90}b.{0,90}c"))])
        for _round in range(8):
            searcher.find(
                "".join(rng.choice("abx" + chr(rng.randint(300, 9000))) for _ in range(9000))
            )
        self.assertLessEqual(searcher.kept, 60_000)
        self.assertLessEqual(len(searcher.states), 60_001)

    def test_many_at_once_name_the_one_that_matches(self):
        words = [f"word{number}x" for number in range(2000)]
        searcher = Searcher(
            (word, Automaton.of_words([word], starts=False, ends=False)) for word in words
        )
        self.assertEqual(searcher.find("and then word1234x came"), "word1234x")
        self.assertIsNone(searcher.find("and then word1234 came"))

    def test_what_a_reader_takes_for_the_same_is_the_same(self):
        for text in ("VIAGRA", "ｖｉａｇｒａ", "via\u200bgra", "vi\u00adagra", "vıagra", "vIAGRA"):
            self.assertTrue(search("viagra", f"buy {text} now"), text)
        self.assertTrue(search("straße", "STRASSE"))
        self.assertTrue(search("café", "cafe\u0301"))
        self.assertFalse(search("viagra", "via gra"))

    def test_capturing(self):
        pattern = safe_regex.capturing(r"E-?mail(?: address)?\s*[:=]\s*<?([^\s<>]+@[^\s<>]+)>?")
        self.assertEqual(pattern.search("Your e-mail address: <a@b.example>")[1], "a@b.example")
        for broken, code in {
            r"(.*)@(.*)": "one_group",
            "mail": "one_group",
            "((?:a+)+)": "nested",
            "a.*b.*c.*d.*(e)": "chain",
        }.items():
            with self.assertRaises(UnsafeRegex) as caught:
                safe_regex.check_capturing(broken)
            self.assertEqual(caught.exception.code, code, broken)

    def test_capturing_is_bounded(self):
        for source in (r"from (.+@.+) sent", r"(\S+@\S+)", r"mail: (.*)x", r"(\w+)\d!"):
            safe_regex.check_capturing(source)
            pattern = safe_regex.capturing(source)
            for word in ("a", "a@", "from ", "mail: ", "1", "from a@"):
                started = time.process_time()
                pattern.search((word * 5000)[:5000])
                # what runs away takes hours
                self.assertLess(time.process_time() - started, 60, (source, word))
