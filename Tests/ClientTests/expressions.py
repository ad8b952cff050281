"""Evaluates expressions with cel-python, the second implementation that Drydock's is compared with.

    expressions.py FILE

FILE is expressions.json. Prints a JSON list with a text for each expression, in order: the value as an
expression would write it, or `error`.
"""
import datetime
import json
import logging
import sys

import celpy
import celpy.celtypes as types

logging.disable(logging.CRITICAL)


def text(value):
    """The value as an expression would write it. What operators give may be of Python's own types."""
    if value is None:
        return "null"
    if isinstance(value, (bool, types.BoolType)):
        return "true" if value else "false"
    if isinstance(value, types.UintType):
        return f"{int(value)}u"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return f"double {float(value):.12g}"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bytes):
        return "b" + str(list(value))
    if isinstance(value, types.TimestampType):
        return "timestamp " + str(round(datetime.datetime.timestamp(value) * 1000))
    if isinstance(value, datetime.timedelta):
        return "duration " + str(round(value / datetime.timedelta(milliseconds=1)))
    if isinstance(value, list):
        return "[" + ", ".join(text(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{text(k)}: {text(v)}" for k, v in value.items())) + "}"
    return "type"


def evaluate(environment, expression, variables):
    try:
        program = environment.program(environment.compile(expression))
        value = program.evaluate(variables)
    except Exception:  # whatever it is, there is no value
        return "error"
    return "error" if isinstance(value, Exception) else text(value)


results = []
with open(sys.argv[1], encoding="utf-8") as file:
    groups = json.load(file)["groups"]
for group in groups:
    variables = {name: celpy.json_to_cel(value) for name, value in group.get("variables", {}).items()}
    environment = celpy.Environment()
    results += [evaluate(environment, expression, variables) for expression in group["expressions"]]
json.dump(results, sys.stdout, ensure_ascii=False)
