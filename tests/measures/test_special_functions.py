import subprocess
import sys

import pytest
import scipy.special
from inference_exporter.measures import special_functions


def run(code: str) -> str:
    """Return what code prints in an interpreter of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize("order", ["ours, theirs", "theirs, ours"])
def test_they_are_those_of_scipy(order):
    """Whichever is imported first, both names lead to functions with the same results."""
    ours, theirs = "import inference_exporter.measures.special_functions as ours", "import scipy.special as theirs"
    imports = "\n".join({"ours": ours, "theirs": theirs}[name] for name in order.split(", "))
    check = "print(ours.chdtrc(2.5, 3) == theirs.chdtrc(2.5, 3), theirs.ndtri(0.975) == ours.ndtri(0.975))"
    more = "import scipy.stats; print(hasattr(theirs, 'logsumexp'), scipy.stats.norm.ppf(0.5) == 0)"
    assert run(f"{imports}\n{check}\n{more}").split() == ["True"] * 4


def test_the_package_is_not_imported():
    """The sidecar's engine does without what scipy.special imports."""
    code = "import sys, inference_exporter.verdict.comparing\nprint({'scipy.special', 'numpy.testing', 'numpy.f2py'} & {*sys.modules})"
    assert run(code).strip() == "set()"


@pytest.mark.parametrize(
    "name",
    [
        "betainc",
        "chdtrc",
        "chdtri",
        "erf",
        "expit",
        "gammainccinv",
        "gammaln",
        "kolmogorov",
        "log_ndtr",
        "ndtr",
        "ndtri",
        "rel_entr",
        "stdtr",
        "xlog1py",
    ],
)
def test_each_is_there(name):
    """Each function has the number of arguments that SciPy gives it."""
    ours, theirs = getattr(special_functions, name), getattr(scipy.special, name)
    numbers = (0.3, 0.4, 0.5)[: ours.nin]
    assert ours(*numbers) == pytest.approx(theirs(*numbers), nan_ok=True)
