"""The functions of CloudWatch's metric math."""

import ast
import itertools
import math
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from estate.cloud.services.cloudwatch.metric_values import Array, Band, MathError, Scope, Series, Value, each

_EACH: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
    "LOG": math.log,
    "LOG10": math.log10,
}
_OVER: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "STDDEV": statistics.pstdev,
}
_MOMENT: dict[str, Callable[[datetime], float]] = {
    "MINUTE": lambda moment: float(moment.minute),
    "HOUR": lambda moment: float(moment.hour),
    "DAY": lambda moment: float(moment.isoweekday()),
    "DATE": lambda moment: float(moment.day),
    "MONTH": lambda moment: float(moment.month),
    "YEAR": lambda moment: float(moment.year),
    "EPOCH": lambda moment: moment.timestamp(),
}
_ALONG = ("DIFF", "DIFF_TIME", "RATE", "RUNNING_SUM", "PERIOD")
_ORDERED = ("FIRST", "LAST", "SLICE", "SORT", "REMOVE_EMPTY", "METRIC_COUNT", "DATAPOINT_COUNT", "TIME_SERIES")
Plain = Callable[[ast.expr, Scope], Value]
KNOWN = frozenset((*_EACH, *_OVER, *_MOMENT, *_ALONG, *_ORDERED, "IF", "FILL", "METRICS", "ANOMALY_DETECTION_BAND"))


def call(node: ast.Call, scope: Scope, plain: Plain) -> Value | Band:
    """`plain` computes an argument. Raises MathError."""
    assert isinstance(node.func, ast.Name)
    name, args = node.func.id, node.args
    if name == "METRICS":
        return _metrics(args, scope)
    if name == "ANOMALY_DETECTION_BAND":
        return _band(args, scope, plain)
    if name == "FILL":
        return _fill(args, scope, plain)
    if name == "SORT":
        return _sort(args, scope, plain)
    values = [plain(arg, scope) for arg in args]
    if name == "IF":
        return _if(values, scope)
    if name in ("SLICE", "TIME_SERIES", "FIRST", "LAST", "REMOVE_EMPTY", "METRIC_COUNT"):
        return _of_arrays(name, values, scope)
    value = _only(name, values)
    if name in _EACH:
        return each(value, _EACH[name])
    if name in _OVER:
        return _over(value, _OVER[name])
    if name == "DATAPOINT_COUNT":
        return _over(value, lambda found: float(len(found)))
    if isinstance(value, list):
        return [_along(name, item, scope) for item in value]
    if isinstance(value, int | float):
        raise MathError(f"{name} takes a time series")
    return float(scope.period_s) if name == "PERIOD" else _along(name, value, scope)


def _only(name: str, values: Sequence[Value]) -> Value:
    if len(values) != 1:
        raise MathError(f"{name} takes one argument, not {len(values)}")
    return values[0]


def _over(value: Value, of: Callable[[Sequence[float]], float]) -> Value:
    """Of one series a number, of an array of them a series: of what each period has."""
    if isinstance(value, int | float):
        return of([value])
    if isinstance(value, dict):
        return of(list(value.values())) if value else 0.0
    indices = sorted({index for item in value for index in item})
    return {index: of([item[index] for item in value if index in item]) for index in indices}


def _along(name: str, series: Series, scope: Scope) -> Series:
    items = sorted(series.items())
    if name in _MOMENT:
        return {i: _MOMENT[name](datetime.fromtimestamp(i * scope.period_s, UTC)) for i, _ in items}
    if name == "PERIOD":
        return {index: float(scope.period_s) for index, _ in items}
    if name == "RUNNING_SUM":
        total, sums = 0.0, {}
        for index, value in items:
            total += value
            sums[index] = total
        return sums
    pairs = list(itertools.pairwise(items))
    if name == "DIFF":
        return {index: value - before for (_, before), (index, value) in pairs}
    if name == "DIFF_TIME":
        return {index: float((index - earlier) * scope.period_s) for (earlier, _), (index, _) in pairs}
    return {
        index: (value - before) / ((index - earlier) * scope.period_s) for (earlier, before), (index, value) in pairs
    }


def _if(values: Sequence[Value], scope: Scope) -> Value:
    """IF(condition, then[, otherwise]): without an otherwise, a period whose condition fails is missing."""
    if len(values) not in (2, 3):
        raise MathError(f"IF takes two or three arguments, not {len(values)}")
    condition, then, otherwise = values[0], values[1], values[2] if len(values) == 3 else None
    if any(isinstance(value, list) for value in values):
        raise MathError("IF takes numbers and time series, not arrays")
    if isinstance(condition, int | float):
        chosen = then if condition != 0 else otherwise
        return chosen if chosen is not None else {}
    assert isinstance(condition, dict)
    found: Series = {}
    for index, flag in condition.items():
        chosen = then if flag != 0 else otherwise
        if isinstance(chosen, int | float):
            found[index] = chosen
        elif isinstance(chosen, dict) and index in chosen:
            found[index] = chosen[index]
    return found


def _fill(args: Sequence[ast.expr], scope: Scope, plain: Plain) -> Value:
    """FILL(series or array, number | series | REPEAT | LINEAR), over all periods that are asked for."""
    if len(args) != 2:
        raise MathError(f"FILL takes two arguments, not {len(args)}")
    value = plain(args[0], scope)
    if isinstance(value, int | float):
        raise MathError("FILL takes a time series")
    word = args[1].id if isinstance(args[1], ast.Name) and args[1].id in ("REPEAT", "LINEAR") else None
    filler = plain(args[1], scope) if word is None else 0.0
    if isinstance(filler, list):
        raise MathError("FILL fills with a number, a time series, REPEAT or LINEAR")
    if isinstance(value, list):
        return [_filled(item, filler, word, scope) for item in value]
    return _filled(value, filler, word, scope)


def _filled(series: Series, filler: float | Series, word: str | None, scope: Scope) -> Series:
    if word is not None:
        return _repeated(series, scope) if word == "REPEAT" else _linear(series, scope)
    found = {}
    for index in scope.indices:
        if index in series:
            found[index] = series[index]
        elif isinstance(filler, int | float):
            found[index] = filler
        elif index in filler:
            found[index] = filler[index]
    return found


def _repeated(series: Series, scope: Scope) -> Series:
    found, last = {}, None
    for index in scope.indices:
        last = series.get(index, last)
        if last is not None:
            found[index] = last
    return found


def _linear(series: Series, scope: Scope) -> Series:
    found = dict(series)
    items = sorted(series.items())
    for (left, start), (right, end) in itertools.pairwise(items):
        for index in range(left + 1, right):
            found[index] = start + (end - start) * (index - left) / (right - left)
    return {index: found[index] for index in scope.indices if index in found}


def _metrics(args: Sequence[ast.expr], scope: Scope) -> Array:
    """METRICS(["text"]): the metrics of the request, those alone whose id has the text in it where one is given."""
    if len(args) > 1 or any(not isinstance(arg, ast.Constant) or not isinstance(arg.value, str) for arg in args):
        raise MathError("METRICS takes nothing, or a text")
    text = str(args[0].value) if args and isinstance(args[0], ast.Constant) else ""
    found = [scope.values[name] for name in scope.metrics if text in name]
    return [value for value in found if isinstance(value, dict)]


def _sort(args: Sequence[ast.expr], scope: Scope, plain: Plain) -> Array:
    """SORT(array, AVG | MIN | MAX | SUM, ASC | DESC[, limit])."""
    if len(args) not in (3, 4) or not all(isinstance(arg, ast.Name) for arg in args[1:3]):
        raise MathError("SORT takes an array, a function, ASC or DESC, and a limit")
    by, order = (arg.id for arg in args[1:3] if isinstance(arg, ast.Name))
    value = plain(args[0], scope)
    if not isinstance(value, list) or by not in ("AVG", "MIN", "MAX", "SUM") or order not in ("ASC", "DESC"):
        raise MathError("SORT takes an array, AVG, MIN, MAX or SUM, and ASC or DESC")
    full = [item for item in value if item]
    ranked = sorted(full, key=lambda item: _OVER[by](list(item.values())), reverse=order == "DESC")
    limit = plain(args[3], scope) if len(args) == 4 else float(len(ranked))
    if not isinstance(limit, int | float):
        raise MathError("the limit of SORT is a number")
    return ranked[: int(limit)]


def _of_arrays(name: str, values: Sequence[Value], scope: Scope) -> Value:
    if name == "TIME_SERIES":
        value = _only(name, values)
        if not isinstance(value, int | float):
            raise MathError("TIME_SERIES takes a number")
        return dict.fromkeys(scope.indices, value)
    array = values[0] if values else None
    if name == "METRIC_COUNT" and isinstance(array, dict):
        array = [array]
    if not isinstance(array, list):
        raise MathError(f"{name} takes an array of time series")
    if name == "SLICE":
        bounds = [int(value) for value in values[1:] if isinstance(value, int | float)]
        if len(bounds) != len(values) - 1 or len(bounds) not in (1, 2):
            raise MathError("SLICE takes an array and one or two positions")
        return array[bounds[0] :] if len(bounds) == 1 else array[bounds[0] : bounds[1]]
    _only(name, values)
    if name == "METRIC_COUNT":
        return float(len(array))
    if name == "REMOVE_EMPTY":
        return [item for item in array if item]
    if not array:
        return {}
    return array[0] if name == "FIRST" else array[-1]


def _band(args: Sequence[ast.expr], scope: Scope, plain: Plain) -> Band:
    """ANOMALY_DETECTION_BAND(metric[, width in standard deviations])."""
    if not args or len(args) > 2 or not isinstance(args[0], ast.Name) or args[0].id not in scope.values:
        raise MathError("ANOMALY_DETECTION_BAND takes the id of a metric, and a number of standard deviations")
    width = plain(args[1], scope) if len(args) == 2 else 2.0
    if not isinstance(width, int | float) or width <= 0:
        raise MathError("the width of ANOMALY_DETECTION_BAND is a number above 0")
    if not isinstance(scope.values[args[0].id], dict):
        raise MathError("ANOMALY_DETECTION_BAND takes one time series")
    return scope.band(args[0].id, width) if scope.band is not None else Band({}, {})
