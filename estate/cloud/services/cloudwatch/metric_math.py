"""CloudWatch's metric math: its expressions read, checked and computed over periods.

Python's own parser reads them, after `AND`, `OR`, `&&`, `||` and `^` were spelt as it knows them; anything but what
metric math has is refused.
"""

import ast
import re
from collections.abc import Callable

from estate.cloud.services.cloudwatch.metric_functions import KNOWN, call
from estate.cloud.services.cloudwatch.metric_values import Array, Band, MathError, Scope, Value, both, each

TOKEN = re.compile(
    r'\s*("[^"]*"|\'[^\']*\'|&&|\|\||<=|>=|==|!=|[A-Za-z_]\w*|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+|[-+*/^()<>,\[\]!])'
)
SPELT = {"&&": "and", "||": "or", "AND": "and", "OR": "or", "^": "**"}
ID = re.compile(r"[a-z]\w*")
REFUSED = {
    "SEARCH": "search expressions",
    "INSIGHT_RULE_METRIC": "Contributor Insights",
    "DB_PERF_INSIGHTS": "Performance Insights",
    "SERVICE_QUOTA": "service quotas",
    "LAMBDA": "connected data sources",
}

_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: float(a**b),
}
_COMPARED: dict[type, Callable[[float, float], float]] = {
    ast.Eq: lambda a, b: float(a == b),
    ast.NotEq: lambda a, b: float(a != b),
    ast.Lt: lambda a, b: float(a < b),
    ast.LtE: lambda a, b: float(a <= b),
    ast.Gt: lambda a, b: float(a > b),
    ast.GtE: lambda a, b: float(a >= b),
}


def names(expression: str) -> set[str]:
    """Ids that an expression uses. Raises MathError."""
    return {node.id for node in ast.walk(parse(expression)) if isinstance(node, ast.Name) and ID.fullmatch(node.id)}


def parse(expression: str) -> ast.expr:
    """Raises MathError where it is no expression of metric math."""
    words, at = [], 0
    text = expression.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise MathError(f"unexpected {text[at:].strip()[:10]!r}")
        words.append(SPELT.get(match[1], match[1]))
        at = match.end()
    if "!" in words:
        raise MathError("unexpected '!'")
    try:
        tree = ast.parse(" ".join(words), mode="eval").body
    except (SyntaxError, ValueError):
        raise MathError(f"{expression!r} is not a valid expression") from None
    for node in ast.walk(tree):
        _check(node)
    return tree


def _check(node: ast.AST) -> None:
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise MathError("a function is called by its name, with values alone")
        if node.func.id in REFUSED:
            raise MathError(f"{node.func.id} is not emulated: {REFUSED[node.func.id]}")
        if node.func.id not in KNOWN:
            raise MathError(f"unsupported function: {node.func.id}")
    elif isinstance(node, ast.Compare):
        if len(node.ops) != 1 or type(node.ops[0]) not in _COMPARED:
            raise MathError("a comparison has two sides")
    elif isinstance(node, ast.BinOp):
        if type(node.op) not in _BINARY:
            raise MathError("unsupported operator")
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float | str):
            raise MathError(f"unexpected {node.value!r}")
    elif not isinstance(
        node,
        ast.Name | ast.List | ast.BoolOp | ast.UnaryOp | ast.Load | ast.boolop | ast.operator | ast.cmpop | ast.USub,
    ):
        raise MathError(f"unexpected {ast.unparse(node)!r}" if isinstance(node, ast.expr) else "unsupported operator")


def compute(expression: str, scope: Scope) -> Value | Band:
    """Raises MathError."""
    return _value(parse(expression), scope)


def _value(node: ast.expr, scope: Scope) -> Value | Band:
    match node:
        case ast.Constant(value=str()):
            raise MathError(f"a text stands only in METRICS: {node.value!r}")
        case ast.Constant():
            return float(node.value)  # ty: ignore[invalid-argument-type]
        case ast.Name(id=name):
            if name not in scope.values:
                raise MathError(f"undefined metric id: {name}")
            return scope.values[name]
        case ast.List(elts=items):
            return [item for part in items for item in _as_array(plain(part, scope))]
        case ast.UnaryOp(operand=operand):
            return each(plain(operand, scope), lambda value: -value)
        case ast.BinOp(left=left, op=op, right=right):
            return both(plain(left, scope), plain(right, scope), _BINARY[type(op)])
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return both(plain(left, scope), plain(right, scope), _COMPARED[type(op)])
        case ast.BoolOp(op=op, values=parts):
            joined = _logical(isinstance(op, ast.And))
            result = plain(parts[0], scope)
            for part in parts[1:]:
                result = both(result, plain(part, scope), joined)
            return result
        case ast.Call():
            return call(node, scope, plain)
    raise MathError(f"unexpected {ast.unparse(node)!r}")


def plain(node: ast.expr, scope: Scope) -> Value:
    """A value that can be counted with: no band."""
    found = _value(node, scope)
    if isinstance(found, Band):
        raise MathError("ANOMALY_DETECTION_BAND cannot be part of another expression")
    return found


def _logical(conjunction: bool) -> Callable[[float, float], float]:
    if conjunction:
        return lambda a, b: float(a != 0 and b != 0)
    return lambda a, b: float(a != 0 or b != 0)


def _as_array(value: Value) -> Array:
    if isinstance(value, int | float):
        raise MathError("an array holds time series")
    return value if isinstance(value, list) else [value]
