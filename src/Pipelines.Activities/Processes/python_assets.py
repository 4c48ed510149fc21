"""What the code of a Python task sees of assets, by Airflow's names. It stands before python_task.py, of which it uses `storable`."""
import collections.abc
import datetime as _datetime
import types as _types


class Asset:
    """Data that tasks update; told from others by name and URI."""

    __module__ = "airflow.sdk"

    def __init__(self, name=None, uri=None, *, group="asset", extra=None, **_):
        if not name and not uri:
            raise TypeError("Asset() needs a name or a URI")
        self.name, self.uri, self.group, self.extra = name or uri, uri or name, group, extra or {}

    def __eq__(self, other):
        return getattr(other, "uri", None) == self.uri and other.name == self.name

    def __hash__(self):
        return hash((self.name, self.uri))

    def __repr__(self):
        return f"Asset(name={self.name!r}, uri={self.uri!r})"

    @staticmethod
    def ref(*, name=None, uri=None):
        return _types.SimpleNamespace(name=name) if name else _types.SimpleNamespace(uri=uri)


class AssetAlias:
    """Stands for assets that a task names while it runs."""

    __module__ = "airflow.sdk"

    def __init__(self, name, group="asset"):
        self.name, self.group = name, group

    def __eq__(self, other):
        return isinstance(other, AssetAlias) and other.name == self.name

    def __hash__(self):
        return hash(("alias", self.name))

    def __repr__(self):
        return f"AssetAlias(name={self.name!r})"


def thing(item):
    """An asset or alias of what the engine wrote."""
    return AssetAlias(item["alias"]) if "alias" in item else Asset(item["name"], item["uri"], group=item.get("group", "asset"), extra=item.get("extra"))


def found(things, key):
    """The asset or alias that a key means: a place, itself, a reference, or its name or URI. None: it is none of them."""
    if isinstance(key, int):
        return things[key]
    if type(key).__name__ == "AssetAlias":
        return next((each for each in things if isinstance(each, AssetAlias) and each.name == key.name), None)
    name, uri = (key, key) if isinstance(key, str) else (getattr(key, "name", None), getattr(key, "uri", None))
    assets = [each for each in things if isinstance(each, Asset)]
    if isinstance(key, str) or None in (name, uri):
        texts = {name, uri}
        return next((each for each in assets if each.name in texts), None) or next((each for each in assets if each.uri in texts), None) or next(
            (each for each in things if each.name in texts), None)
    return next((each for each in assets if (each.name, each.uri) == (name, uri)), None)


def event(fact):
    return _types.SimpleNamespace(**{**fact, "asset": thing(fact["asset"]), "timestamp": _datetime.datetime.fromisoformat(fact["timestamp"])})


class Events(collections.abc.Sequence):
    """Updates of one asset, the oldest first; asked for when somebody looks."""

    def __init__(self, engine, of):
        self._engine, self._found = engine, None
        self._asked = dict(after=None, before=None, ascending=True, limit=None)
        self._asked.update({"alias": of.name} if isinstance(of, AssetAlias) else {"name": of.name, "uri": of.uri})

    def _ask(self, **more):
        self._asked.update(more)
        self._found = None
        return self

    def after(self, after):
        return self._ask(after=moment(after))

    def before(self, before):
        return self._ask(before=moment(before))

    def ascending(self, ascending=True):
        return self._ask(ascending=bool(ascending))

    def limit(self, limit):
        return self._ask(limit=int(limit))

    @property
    def _events(self):
        if self._found is None:
            self._found = [event(fact) for fact in self._engine.ask(say="events", **self._asked)]
        return self._found

    def __len__(self):
        return len(self._events)

    def __getitem__(self, place):
        return self._events[place]


def moment(value):
    return value if value is None or isinstance(value, str) else value.isoformat()


class Accessors:
    def __init__(self, items):
        self._things = [thing(item) for item in items]

    def __iter__(self):
        return iter(self._things)

    def __len__(self):
        return len(self._things)

    def for_asset(self, *, name=None, uri=None):
        return self[Asset(name, uri) if name and uri else Asset.ref(name=name, uri=uri)]

    def for_asset_alias(self, *, name):
        return self[AssetAlias(name)]


class InletEvents(Accessors):
    def __init__(self, engine, items):
        super().__init__(items)
        self._engine = engine

    def __getitem__(self, key):
        of = found(self._things, key)
        if of is None:
            raise KeyError(f"{key!r} is none of the task's inlets. Add it to 'inlets'.")
        return Events(self._engine, of)


class OutletEvent:
    def __init__(self, key):
        self.key, self.extra, self.asset_alias_events = key, {}, []

    def add(self, asset, extra=None):
        """Of an alias: it stands for this asset now."""
        self.asset_alias_events.append((Asset(asset) if isinstance(asset, str) else asset, extra or {}))


class OutletEvents(Accessors):
    def __init__(self, items):
        super().__init__(items)
        self._told = {}

    def __getitem__(self, key):
        # What is no outlet is refused by the engine, when something is said of it.
        of = found(self._things, key) or (Asset(key) if isinstance(key, str) else key)
        name = ("alias", of.name) if type(of).__name__ == "AssetAlias" else (of.name, getattr(of, "uri", of.name))
        return self._told.setdefault(name, OutletEvent(of))

    def updates(self):
        said = []
        for told in self._told.values():
            if type(told.key).__name__ != "AssetAlias" and told.extra:
                said.append({"asset": self._json(told.key), "extra": storable(dict(told.extra), f"The extra of {told.key!r}")})
            for asset, extra in told.asset_alias_events:
                said.append({"asset": self._json(asset), "alias": told.key.name, "extra": storable(dict(extra), f"The extra of {asset!r}")})
        return said

    @staticmethod
    def _json(asset):
        name, uri = getattr(asset, "name", None), getattr(asset, "uri", None)
        return {"name": name or uri, "uri": uri or name, "group": getattr(asset, "group", "asset") or "asset", "extra": storable(dict(getattr(asset, "extra", None) or {}), f"The extra of {asset!r}")}


class TriggeringEvents(collections.abc.Mapping):
    """The updates that the run is about, by asset; found by its name or URI too."""

    def __init__(self, engine):
        self._engine, self._found = engine, None

    @property
    def _events(self):
        if self._found is None:
            lists = [[event(fact) for fact in facts] for facts in self._engine.ask(say="triggering").values()]
            self._found = {events[0].asset: events for events in lists}
        return self._found

    def __getitem__(self, key):
        of = found(list(self._events), key)
        if of is None:
            raise KeyError(key)
        return self._events[of]

    def __iter__(self):
        return iter(self._events)

    def __len__(self):
        return len(self._events)


