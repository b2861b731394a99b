"""Write the rules of ../prometheus as one PrometheusRule, since kustomize cannot embed a file in an object.

Run it after a change of the rules: `.venv/bin/python deploy/generate.py`. A test
compares the file with what this would write.
"""

from pathlib import Path

HERE = Path(__file__).parent
RULES = HERE.parent / "prometheus" / "rules"
TARGET = HERE / "kubernetes" / "monitoring" / "rules.yaml"
HEAD = """\
# Written by deploy/generate.py from prometheus/rules; change those.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: inference-exporter
spec:
  groups:
"""


def groups_of(text: str) -> str:
    """Return the lines below `groups:`, with their comments."""
    _, _, groups = text.partition("\ngroups:\n")
    return groups.rstrip("\n")


def prometheus_rule() -> str:
    """Return the object with the groups of every rule file, indented to where they belong."""
    groups = "\n".join(groups_of("\n" + path.read_text()) for path in sorted(RULES.glob("*.yml")))
    return HEAD + "".join(f"  {line}\n" if line else "\n" for line in groups.splitlines())


if __name__ == "__main__":
    TARGET.write_text(prometheus_rule())
