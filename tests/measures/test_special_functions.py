import subprocess
import sys

import numpy as np
import pytest
import scipy.special
from inference_exporter.measures import special_functions

NAMES = [name for name in vars(special_functions) if isinstance(getattr(special_functions, name), np.ufunc)]


def run(code: str) -> str:
    """Return the output of code in a fresh interpreter."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.slow
@pytest.mark.parametrize("order", ["ours, theirs", "theirs, ours"])
def test_they_are_those_of_scipy(order):
    """Whichever is imported first, both names have functions with the same results."""
    ours, theirs = "import inference_exporter.measures.special_functions as ours", "import scipy.special as theirs"
    imports = "\n".join({"ours": ours, "theirs": theirs}[name] for name in order.split(", "))
    check = "print(ours.chdtrc(2.5, 3) == theirs.chdtrc(2.5, 3), theirs.ndtri(0.975) == ours.ndtri(0.975))"
    more = "import scipy.stats; print(hasattr(theirs, 'logsumexp'), scipy.stats.norm.ppf(0.5) == 0)"
    assert run(f"{imports}\n{check}\n{more}").split() == ["True"] * 4


def test_the_package_is_not_imported():
    """The sidecar's engine works without the imports of scipy.special."""
    imports = "import sys, inference_exporter.verdict.comparing"
    assert run(f"{imports}\nprint({{'scipy.special', 'numpy.testing', 'numpy.f2py'}} & {{*sys.modules}})") == "set()\n"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_there(name):
    """Each function returns what SciPy's does."""
    ours, theirs = getattr(special_functions, name), getattr(scipy.special, name)
    numbers = (0.3, 0.4, 0.5)[: ours.nin]
    assert ours(*numbers) == pytest.approx(theirs(*numbers), nan_ok=True)
