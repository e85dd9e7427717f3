"""What the doctor found, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

__all__ = ["Finding", "Report"]

_MARKS = {"good": "ok", "hint": "--", "bad": "!!"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    topic
        "Python", "Packages", "Devices", "Window", "Extras".
    name, state
        What it is and how it is.
    verdict
        "good"; "hint": missing, but only something optional needs it; "bad":
        nothing works without it.
    mend
        The line to type, or "".
    """

    topic: str
    name: str
    state: str
    verdict: Literal["good", "hint", "bad"] = "good"
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings."""

    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether images can be segmented, by script and command line at least."""
        return all(finding.verdict != "bad" for finding in self.findings)

    def to_json(self) -> str:
        """Return one JSON document."""
        found = [asdict(finding) for finding in self.findings]
        document = {"healthy": self.is_healthy, "findings": found}
        return json.dumps(document, indent=2)

    def to_text(self) -> str:
        """Return lines for a person."""
        width = max(len(finding.name) for finding in self.findings)
        lines: list[str] = []
        topic = ""
        for finding in self.findings:
            if finding.topic != topic:
                topic = finding.topic
                lines += ["", topic]
            mark = _MARKS[finding.verdict]
            lines.append(f"  {mark} {finding.name:{width}}  {finding.state}")
            if finding.mend:
                lines.append(f"     {'':{width}}  mend: {finding.mend}")
        return "\n".join([*lines[1:], "", self._sum()])

    def _sum(self) -> str:
        bad = [f.name for f in self.findings if f.verdict == "bad"]
        if bad:
            return f"Not ready: {', '.join(bad)}. The lines behind 'mend' help."
        hints = [f.name for f in self.findings if f.verdict == "hint"]
        if hints:
            return f"Ready. Missing, if you want it: {', '.join(hints)}."
        return "Ready; everything is there."
