"""The functions of ``scipy.special`` that we use, without the 200 modules that the package imports.

``scipy.special`` is a package around one compiled module. It imports test
helpers, f2py and support for other array libraries: 11 MB that the functions
themselves do not need, too much for a sidecar. The compiled module is private:
if SciPy moves it, we import the public package instead, at its full cost. A
later import of ``scipy.special`` still works, with these same functions.
"""

import importlib
import sys
from importlib.machinery import PathFinder
from types import ModuleType

import scipy

PACKAGE, COMPILED = "scipy.special", "scipy.special._ufuncs"


def _functions() -> ModuleType:
    spec = PathFinder.find_spec(PACKAGE, scipy.__path__)
    # Somebody has imported it already: then it costs nothing more.
    if PACKAGE in sys.modules or spec is None:
        return importlib.import_module(PACKAGE)
    bare = ModuleType(PACKAGE)  # a package with a path whose code has not run
    bare.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[PACKAGE] = bare
    try:
        return importlib.import_module(COMPILED)
    except ImportError:
        pass
    finally:
        # Whoever imports the package later gets the real one.
        del sys.modules[PACKAGE]
    return importlib.import_module(PACKAGE)


_special = _functions()

betainc = _special.betainc
betaincinv = _special.betaincinv
chdtrc = _special.chdtrc
chdtri = _special.chdtri
erf = _special.erf
expit = _special.expit
gammainccinv = _special.gammainccinv
gammaln = _special.gammaln
kolmogorov = _special.kolmogorov
log_ndtr = _special.log_ndtr
ndtr = _special.ndtr
ndtri = _special.ndtri
rel_entr = _special.rel_entr
stdtr = _special.stdtr
xlog1py = _special.xlog1py
