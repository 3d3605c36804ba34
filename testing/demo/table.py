"""A table of checked results, printed while the demo runs.  Used by run.py and the three parts."""

import traceback

WIDTHS = (44, 30, 30)


def _fit(text, width):
    text = str(text)
    return (text if len(text) <= width else text[:width - 3] + "...").ljust(width)


class Table:
    """Rows of (what, result, expected by whom, ok); remembers the failures."""

    def __init__(self):
        self.rows = 0
        self.failures = []

    def heading(self, title, note=""):
        print("\n%s%s" % (title, "  (%s)" % note if note else ""))
        print(self._line("what", "result", "expected by", "ok"))
        print("-" * (sum(WIDTHS) + 8))

    def _line(self, what, result, expected_by, ok):
        return "  ".join([_fit(what, WIDTHS[0]), _fit(result, WIDTHS[1]),
                          _fit(expected_by, WIDTHS[2]), ok])

    def check(self, what, result, expected, by, show=None):
        """One row: `result` must equal `expected`, which `by` worked out."""
        ok = result == expected and type(result) is type(expected)
        self.rows += 1
        print(self._line(what, show or repr(result), by, "yes" if ok else "NO"))
        if not ok:
            self.failures.append(what)
            print("    got      %r\n    expected %r" % (result, expected))

    def part(self, title, function, *arguments, note=""):
        """Runs one part; an exception is a failed row, the other parts still run."""
        self.heading(title, note)
        try:
            function(self, *arguments)
        except Exception:
            self.rows += 1
            self.failures.append(title)
            print(self._line(title, "an exception", "", "NO"))
            traceback.print_exc()

    def finish(self):
        """Prints the summary; returns the exit status."""
        print("\n%d results checked, %d wrong" % (self.rows, len(self.failures)))
        for what in self.failures:
            print("  wrong: " + what)
        return 1 if self.failures or not self.rows else 0
