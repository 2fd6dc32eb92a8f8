"""Frozen dataclasses that are quick to define: the program makes some seventy of them whenever it starts.

The standard decorator compiles six methods for each class, half a millisecond in all; this one compiles the
constructor alone, and the classes share the rest. To a type checker, and to `replace` and `fields`, they are
dataclasses like any other.

The rule: a module that `solve` imports takes its frozen dataclasses from here, and no other module does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, frozen: bool, eq: bool = True):
        """As the standard decorator, for frozen classes."""
        if not frozen:
            raise TypeError("a record is frozen")

        def made(cls):
            dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
            fields = dataclasses.fields(cls)
            cls.__init__ = _constructor(cls, fields)
            cls.__setattr__, cls.__delattr__ = _refuse_to_set, _refuse_to_delete
            cls.__repr__ = _repr
            if eq:
                cls._values = attrgetter(*(field.name for field in fields)) if fields else _no_values
                cls.__eq__, cls.__hash__ = _equal, _hash
            return cls

        return made

    def _constructor(cls, fields):
        missing, known = dataclasses.MISSING, {}
        parameters, lines = [], ["own = self.__dict__"]
        for field in fields:
            name, value = field.name, field.name
            parameters.append(name)
            if field.default_factory is not missing:
                known[f"_factory_{name}"], known["_missing"] = field.default_factory, missing
                parameters[-1] += "=_missing"
                value = f"_factory_{name}() if {name} is _missing else {name}"
            elif field.default is not missing:
                known[f"_default_{name}"] = field.default
                parameters[-1] += f"=_default_{name}"
            lines.append(f"own[{name!r}] = {value}")
        if hasattr(cls, "__post_init__"):
            lines.append("self.__post_init__()")
        exec(f"def __init__(self, {', '.join(parameters)}):\n " + "\n ".join(lines), known)
        return known["__init__"]

    def _no_values(self):
        return ()

    def _refuse_to_set(self, name: str, value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_to_delete(self, name: str) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")

    def _repr(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__dataclass_fields__)
        return f"{type(self).__qualname__}({values})"

    def _equal(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented  # Python's word in __eq__ for "ask the other side", no gap
        values = self.__class__._values
        return values(self) == values(other)

    def _hash(self) -> int:
        return hash(self.__class__._values(self))
