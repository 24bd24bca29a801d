# ruff: noqa: E402  what comes first is needed by the imports
"""XGBoost without the libraries that only its wrappers use.

`import xgboost` brings scikit-learn, and with it pandas and SciPy's statistics, for wrappers that nothing here uses:
3 of its 3.8 seconds, in every training job and every start of an endpoint.
"""

import sys


def _without_scikit_learn() -> None:
    if "xgboost" in sys.modules or "sklearn" in sys.modules:
        return
    sys.modules["sklearn"] = None  # ty: ignore[invalid-assignment]  # makes its import fail, as if not installed
    try:
        import xgboost  # noqa: F401
    finally:
        del sys.modules["sklearn"]


_without_scikit_learn()

from xgboost import Booster, DMatrix, train
from xgboost.callback import TrainingCallback

__all__ = ["Booster", "DMatrix", "TrainingCallback", "train"]
