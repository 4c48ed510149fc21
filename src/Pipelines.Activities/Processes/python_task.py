"""Runs the code of a Python task.

The engine writes JSON, one object per line, to what was standard input; we write the same to what was standard output, and the code's own
output goes to standard error. `job` is the engine's first line.
"""
import ast
import datetime
import decimal
import importlib.util
import json
import linecache
import os
import signal
import sys
import traceback
import types

FILE = "<task>"
EACH = object()  # no map indexes given
PRELUDE = "<pipelines>"


class AirflowException(Exception):
    """Fails the attempt; a retry may follow."""

    __module__ = "airflow.exceptions"


class AirflowSkipException(AirflowException):
    """Skips the task."""

    __module__ = "airflow.exceptions"


class AirflowFailException(AirflowException):
    """Fails the task; no retry follows."""

    __module__ = "airflow.exceptions"


class Engine:
    """The two pipes. They are not inherited by programs that the code starts."""

    def __init__(self):
        self.answers, self.reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def tell(self, **message):
        self.reports.write(json.dumps(message, allow_nan=False).encode("ascii") + b"\n")
        self.reports.flush()

    def ask(self, **message):
        self.tell(**message)
        answer = json.loads(self.answers.readline() or '{"error": "The engine is gone."}')
        if "error" in answer:
            raise AirflowException(answer["error"])
        return answer.get("value")


class Unstorable(Exception):
    """A value that is no XCom. Its text says why."""


def plain(value):
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no JSON")


def storable(value, what):
    try:
        text = json.dumps(value, default=plain, allow_nan=False)
        if "\\ud" in text:  # a pair, or the half of one, which is no text
            json.dumps(value, default=plain, ensure_ascii=False).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise Unstorable(f"{what} cannot be stored: {error}") from None
    if len(text) > job["longest"]:
        raise Unstorable(f"{what} is {len(text)} characters of JSON, and an XCom holds {job['longest']}")
    return json.loads(text)


class TaskInstance:
    def __init__(self, engine, facts):
        self.engine = engine
        for name in ("dag_id", "task_id", "run_id", "try_number", "map_index"):
            setattr(self, name, facts[name])

    def xcom_pull(self, task_ids=None, dag_id=None, key="return_value", include_prior_dates=False, *, map_indexes=EACH, default=None, run_id=None):
        of = {"dag_id": dag_id, "run_id": run_id, "key": key, "include_prior_dates": bool(include_prior_dates)}
        single = not isinstance(task_ids, (list, tuple, set))
        tasks = [task_ids or self.task_id] if single else task_ids
        if map_indexes is EACH:
            values = [value for task in tasks for value in self.pull_all(task, of)]
            return values[0] if single and len(values) == 1 else values
        one = map_indexes is None or isinstance(map_indexes, int)
        values = [
            value for task in tasks for index in ([map_indexes] if one else map_indexes)
            for value in (self.pull_all(task, of) if index is None else self.pull(task, index, of) or [default])]
        return values[0] if single and one else values

    def pull(self, task, map_index, of):
        return self.engine.ask(say="pull", task_id=task, map_index=map_index, **of)

    def pull_all(self, task, of):
        """Of all its map indexes; nothing at all is one None, as in Airflow."""
        return self.pull(task, None, of) or [None]

    def xcom_push(self, key, value):
        value = storable(value, f"XCom '{key}'")
        if value is not None:
            self.engine.ask(say="push", key=str(key), value=value)


def names(engine):
    """What the code sees, by Airflow's names."""
    facts = job["context"]
    seen = {name: facts[name] for name in ("run_id", "params")}
    for name in ("logical_date", "data_interval_start", "data_interval_end"):
        if facts.get(name):
            seen[name] = datetime.datetime.fromisoformat(facts[name])
    if "logical_date" in seen:
        date = seen["logical_date"]
        seen.update(
            ds=f"{date:%Y-%m-%d}", ds_nodash=f"{date:%Y%m%d}", ts=date.isoformat(), ts_nodash=f"{date:%Y%m%dT%H%M%S}",
            ts_nodash_with_tz=date.isoformat().replace("-", "").replace(":", ""))
    ti = TaskInstance(engine, facts)
    seen.update(
        ti=ti, task_instance=ti, dag=types.SimpleNamespace(dag_id=facts["dag_id"]), task=types.SimpleNamespace(task_id=facts["task_id"]),
        dag_run=types.SimpleNamespace(dag_id=facts["dag_id"], run_id=facts["run_id"], conf=facts["conf"], logical_date=seen.get("logical_date")))
    outlet_events = OutletEvents(facts["outlets"])
    seen.update(
        inlets=[thing(item) for item in facts["inlets"]], outlets=[thing(item) for item in facts["outlets"]],
        inlet_events=InletEvents(engine, facts["inlets"]), outlet_events=outlet_events, triggering_asset_events=TriggeringEvents(engine))
    seen["context"] = dict(seen)
    for exception in (AirflowException, AirflowSkipException, AirflowFailException):
        seen[exception.__name__] = exception
    seen.update(job["op_kwargs"], __name__="__main__")
    return seen, outlet_events


def provide_airflow():
    """Where Airflow is not installed, its exceptions can be imported all the same."""
    if importlib.util.find_spec("airflow"):
        return
    for name in ("airflow", "airflow.exceptions", "airflow.sdk", "airflow.sdk.exceptions"):
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = []
        module.AirflowException, module.AirflowSkipException, module.AirflowFailException = AirflowException, AirflowSkipException, AirflowFailException
    sys.modules["airflow.sdk"].Asset, sys.modules["airflow.sdk"].AssetAlias = Asset, AssetAlias


def compiled(code, seen):
    """The code as the body of a function, so that it can return."""
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    body = ast.parse(code, FILE).body
    futures = [part for part in body if isinstance(part, ast.ImportFrom) and part.module == "__future__"]
    module = ast.parse("def python_task(): pass")
    module.body[0].body = [part for part in body if part not in futures] or module.body[0].body
    module.body[:0] = futures
    exec(compile(module, FILE, "exec"), seen)
    return seen["python_task"]


def told(text):
    """A text that may hold bytes of a file's name that are no UTF-8, as one that can be stored."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def ending(error):
    """What an exception means to the engine (airflow-semantics.md, section 6)."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "AirflowSkipException" in kinds:
        return {"say": "skipped", "reason": told(str(error))}
    frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    shown = traceback.TracebackException.from_exception(error)
    while shown.stack and shown.stack[0].filename == PRELUDE:
        del shown.stack[0]
    final = {"AirflowFailException", "AirflowSensorTimeout", "SyntaxError", "Unstorable"} & kinds
    last = str(error) if isinstance(error, Unstorable) else list(shown.format_exception_only())[-1].strip()
    return {"say": "failed", "retryable": not final, "error": told(last), "line": frames[-1] if frames else None, "traceback": told("".join(shown.format()))}


def stop(*_):
    raise SystemExit("The task is stopped.")


def main():
    signal.signal(signal.SIGTERM, stop)
    engine = Engine()
    provide_airflow()
    try:
        seen, outlet_events = names(engine)
        value = storable(compiled(job["code"], seen)(), "The value it returned")
        end = {"say": "returned", "value": value, "updates": outlet_events.updates()}
    except BaseException as error:
        end = ending(error)
    engine.tell(**end)


main()
