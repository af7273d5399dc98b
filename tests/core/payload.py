"""What people have tried on programs that fill in texts: escapes, formats, endless loops, deep and long ones."""

from __future__ import annotations

from collections.abc import Iterator

from maquette.core.prompt import Format

_ESCAPES = (
    "''.__class__", "''.__class__.__mro__[1].__subclasses__()", "config", "config.items()", "self.__init__.__globals__",
    "request.application", "cycler.__init__.__globals__.os.popen('id').read()", "lipsum.__globals__", "7*7", "7**9**9",
    "x|attr('__class__')", "x.__class__", "x[0]", "x['__class__']", "x.y.z", "range(10**9)", "namespace", "joiner()",
    "''|join", "x()", "loop.index", "x if x else y", "[x for x in y]", "lambda: 1", "open('/etc/passwd')",
    "__import__('os')", "x\u200b", "\u00e9t\u00e9", "1x", "", " ", "x y", "x-y", "x:>10000000", "x!r", "@x", "$x",
)  # fmt: skip
_STATEMENTS = (
    "{% for i in range(10**9) %}x{% endfor %}", "{% set x = 1 %}", "{% include 'a' %}", "{% import 'os' as os %}",
    "{% extends 'self' %}", "{# comment #}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "%(x)s", "%s" * 5000, "$x", "`id`",
    "{{", "}}", "{{ x", "{{{", "}}}", "{{ {{ x }} }}", "{{ x }", "{ x }}", "{{{{{{x}}}}}}", "{" * 8000, "{{" * 4000,
    "{{a" * 2600, "}" * 8000, "{|" * 4000, "{a|" * 2600, "__" * 4000, "__a__" * 1600, "{1-999999}", "{0-5:0}",
    "{" * 40 + "a|b" + "}" * 40, "{a|b}" * 1600, "{1-2000}" * 100, "__colour__" * 800, "__gone__", "__../../etc__",
    "\x00", "\U0001f600" * 10, "\\x7b\\x7b x }}", "(" * 8000, "a" * 8000, "**" * 4000, "&#123;&#123;x}}",
)  # fmt: skip
_FORMATS = (
    "{0}", "{0.__class__}", "{x.__class__}", "{x[0]}", "{x!r}", "{x:>99999999}", "{x:{y}}", "{}", "{:d}", "{x", "x}",
    "{x.__init__.__globals__}", "{{x}}", "{ x }", "{{{x}}}", "{x}{", "{\n}", "{__class__}", "{x:%Y}", "{*x}", "{**x}",
)  # fmt: skip


def payloads() -> Iterator[tuple[str, Format]]:
    """Yield each text, in both ways to write a variable."""
    both: tuple[Format, Format] = ("double", "brace")
    for escape in _ESCAPES:
        yield f"a {{{{ {escape} }}}} b", "double"
        yield f"a {{{{{escape}}}}} b", "double"
        yield f"{{{escape}}}", "brace"
    for text in (*_STATEMENTS, *_FORMATS):
        for form in both:
            yield text, form
