"""What a module promises to the others: commands, queries, values and refusals.

Plain Python: a face never imports Django or a model, so it can be read, and copied, alone.
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, TypeVar, dataclass_transform, get_type_hints

import msgspec

Key = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""Minted once per intent by the caller; the same key never has a second effect."""

Quantity = Annotated[int, msgspec.Meta(ge=1, le=9_999)]
"""Whole sellable units."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _ValueMeta(msgspec.StructMeta):
    """Makes every value frozen and keyword-only without repeating it on each class."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> type:
        options.setdefault("frozen", True)
        options.setdefault("kw_only", True)
        return super().__new__(mcs, name, bases, namespace, **options)


class Value(msgspec.Struct, metaclass=_ValueMeta):
    """A frozen record that may cross the border of a module."""


@dataclass_transform(kw_only_default=True)
class Refusal(Exception):
    """A typed no: the callee understood the request and will not do it. Never retried.

    Subclasses set `code` (stable), may set `status` (how the public API answers) and `message`
    (a format string over the facts), and annotate the facts of the case.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    message: ClassVar[str] = ""
    Facts: ClassVar[type[msgspec.Struct]]
    is_replayed = False  # whether its key had been refused before

    def __init_subclass__(cls) -> None:
        names = [name for base in reversed(cls.__mro__) for name in vars(base).get("__annotations__", {})]
        hints = get_type_hints(cls)
        fields: list[Any] = []
        for name in dict.fromkeys(names):
            if getattr(hints[name], "__origin__", None) is ClassVar or hints[name] is ClassVar:
                continue
            fields.append((name, hints[name], getattr(cls, name)) if hasattr(cls, name) else (name, hints[name]))
        cls.Facts = msgspec.defstruct(f"{cls.__name__}Facts", fields, frozen=True, kw_only=True)
        registered = REFUSALS.setdefault(cls.code, cls)
        if registered.__qualname__ != cls.__qualname__ and "code" in vars(cls):
            raise TypeError(f"{cls.__name__} and {registered.__name__} share the code {cls.code!r}.")

    def __init__(self, **facts: Any) -> None:
        self.facts = self.Facts(**facts)
        super().__init__(self.explain())

    def __getattr__(self, name: str) -> Any:
        if name == "facts":
            raise AttributeError(name)
        return getattr(self.facts, name)

    def explain(self) -> str:
        """One sentence for a person: what was asked, what was found."""
        if self.message:
            return self.message.format(**msgspec.structs.asdict(self.facts))
        return inspect.cleandoc(self.__doc__ or self.code).splitlines()[0]

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), msgspec.structs.asdict(self.facts))


def _restore(refusal: type[Refusal], facts: dict[str, Any]) -> Refusal:
    return refusal(**facts)


REFUSALS: dict[str, type[Refusal]] = {}


class NotFound(Refusal):
    """Nothing with this id is known here."""

    code = "not_found"
    status = 404
    message = "No {kind} with the id {id!r}."
    kind: str
    id: str


class KeyReused(Refusal):
    """The idempotency key was used before with another request."""

    code = "idempotency_key_reused"
    status = 422


class UnknownRefusal(Refusal):
    """A callee of a later release refused for a reason that this process does not know yet."""

    code = "refused_otherwise"
    message = "{told}"
    refusal: str
    """Its stable code."""
    told: str


class Unavailable(Exception):
    """The call was certainly not executed. It is safe to try again with the same key."""


class DeadlineExceeded(Unavailable):
    """No time was left, so the work was not started."""


class OutcomeUnknown(Exception):
    """The call was perhaps executed: ask again with the same key, never compensate blindly."""


class InFlight(OutcomeUnknown):
    """The same request with the same key is still being carried out by somebody else."""


class MalformedCall(TypeError):
    """The caller broke the contract of a face: a wrong type, an unknown argument, too much data."""


class Operation:
    """One command or query of a face, with the codec of its request and its answer."""

    def __init__(
        self, function: Callable[..., Any], *, kind: Literal["command", "query"], timeout: float,
        refuses: tuple[type[Refusal], ...],
    ) -> None:
        self.name = function.__name__
        self.kind = kind
        self.timeout = timeout
        self.refuses = refuses
        self.function = function
        self.module = ""
        self.full_name = ""
        self.face: type[Interface] = Interface
        hints = get_type_hints(function, include_extras=True)
        self.answer_type = hints.pop("return")
        self.parameters = self._read_parameters(hints)
        self.request_type = msgspec.defstruct(
            f"{self.name}_request", self.parameters, frozen=True, kw_only=True, forbid_unknown_fields=True
        )
        self.names = frozenset(hints)
        self._refuse_mutable_types()
        self.request_decoder = msgspec.json.Decoder(self.request_type)
        self.answer_decoder = msgspec.json.Decoder(self.answer_type)

    def _read_parameters(self, hints: dict[str, Any]) -> list[Any]:
        fields: list[Any] = []
        for parameter in list(inspect.signature(self.function).parameters.values())[1:]:
            if parameter.kind is not parameter.KEYWORD_ONLY:
                raise TypeError(f"{self.function.__qualname__}: {parameter.name} must be keyword-only.")
            field = (parameter.name, hints[parameter.name])
            fields.append(field if parameter.default is parameter.empty else (*field, parameter.default))
        if (self.kind == "command") != ("key" in hints):
            raise TypeError(f"{self.function.__qualname__}: a command takes a key, a query does not.")
        return fields

    def _refuse_mutable_types(self) -> None:
        for named in (self.request_type, self.answer_type):
            found = _mutable_type(msgspec.inspect.type_info(named))
            if found:
                raise TypeError(f"{self.function.__qualname__}: {found} is mutable or untyped; use a tuple or a Value.")

    def declared(self, refusal: Refusal) -> bool:
        """Whether the face promises this refusal (those of the platform go without saying)."""
        return isinstance(refusal, (*self.refuses, NotFound, KeyReused, UnknownRefusal))


_REFUSED_TYPES = (
    msgspec.inspect.ListType, msgspec.inspect.SetType, msgspec.inspect.DictType, msgspec.inspect.AnyType,
    msgspec.inspect.FloatType, msgspec.inspect.CustomType,
)


def _mutable_type(info: Any, seen: frozenset[Any] = frozenset()) -> str | None:
    if isinstance(info, _REFUSED_TYPES):
        return type(info).__name__.removesuffix("Type").lower()
    if isinstance(info, msgspec.inspect.StructType):
        if info.cls in seen:
            return None
        parts: list[Any] = [field.type for field in info.fields]
        seen = seen | {info.cls}
    else:
        parts = [getattr(info, "item_type", None), *getattr(info, "item_types", ()), *getattr(info, "types", ())]
        if isinstance(info, msgspec.inspect.Metadata):
            parts.append(info.type)
    return next((found for part in parts if part and (found := _mutable_type(part, seen))), None)


def command(*, timeout: float, refuses: tuple[type[Refusal], ...] = ()) -> Callable[[F], F]:
    """Declare a change. timeout: seconds the caller waits at most; refuses: its typed noes."""
    return _declare("command", timeout, refuses)


def query(*, timeout: float, refuses: tuple[type[Refusal], ...] = ()) -> Callable[[F], F]:
    """Declare a question that changes nothing. timeout: seconds; refuses: its typed noes."""
    return _declare("query", timeout, refuses)


def _declare(kind: Literal["command", "query"], timeout: float, refuses: tuple[type[Refusal], ...]) -> Callable[[F], F]:
    def mark(function: F) -> F:
        function.__operation__ = Operation(  # type: ignore[attr-defined]
            function, kind=kind, timeout=timeout, refuses=refuses
        )
        return function

    return mark


class Interface:
    """The face of a module. Its methods carry no body: `connect()` gives a working one."""

    module: ClassVar[str]
    version: ClassVar[int]
    operations: ClassVar[dict[str, Operation]] = {}

    def __init_subclass__(cls, *, module: str | None = None, version: int = 1) -> None:
        if module is None:  # a stub of a face, not a face
            return
        cls.module, cls.version = module, version
        marked = {name: getattr(member, "__operation__", None) for name, member in vars(cls).items()}
        cls.operations = {name: operation for name, operation in marked.items() if operation}
        for operation in cls.operations.values():
            operation.face, operation.module = cls, module
            operation.full_name = f"{module}.{operation.name}"


I = TypeVar("I", bound=Interface)  # noqa: E741  # reads as the interface it stands for


def connect(face: type[I]) -> I:
    """A working instance of `face`, in this process or another: the topology decides."""
    from storefront.calls.stub import stub_of  # the face stays importable without the platform's engine

    return stub_of(face)
