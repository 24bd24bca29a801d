"""Why a model answered as it did: exact SHAP values of its trees, which XGBoost computes itself (TreeSHAP).

Lundberg et al. 2020, "From local explanations to global understanding with explainable AI for trees". A workload with
a model of another kind offers its own `explain` in `model.py`, or none: its attributions are then not watched.
"""

import numpy

from pipelines.modelling import Columns, Model, matrix_of


def explain(model: Model, rows: Columns) -> numpy.ndarray:
    """SHAP values, rows by features, in the model's order, in the unit of its margin; the bias is left out."""
    from pipelines import boosting

    matrix = boosting.DMatrix(matrix_of(model.features, rows), feature_names=list(model.features), nthread=1)
    return model.trees.predict(matrix, pred_contribs=True)[:, :-1]
