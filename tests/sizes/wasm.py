"""As much of the binary format as sizes of functions need."""


def leb(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def sections(data):
    """(id, start, end) of every section's payload."""
    at = 8
    while at < len(data):
        kind = data[at]
        size, at = leb(data, at + 1)
        yield kind, at, at + size
        at += size


def text(data, at):
    size, at = leb(data, at)
    return data[at:at + size].decode(), at + size


def limits(data, at):
    flags = data[at]
    _, at = leb(data, at + 1)
    return leb(data, at)[1] if flags & 1 else at


def function_imports(data):
    """(module, field) of every imported function, in order."""
    found = []
    for kind, at, _ in sections(data):
        if kind != 2:
            continue
        count, at = leb(data, at)
        for _ in range(count):
            module, at = text(data, at)
            field, at = text(data, at)
            what, at = data[at], at + 1
            if what == 0:
                found.append((module, field))
                _, at = leb(data, at)
            elif what == 1:
                at = limits(data, at + 1)
            elif what == 2:
                at = limits(data, at)
            else:
                at += 2 # a global's type and mutability
    return found


def function_sizes(data):
    """Bytes of every body in the code section, its length field included."""
    found = []
    for kind, at, _ in sections(data):
        if kind == 10:
            count, at = leb(data, at)
            for _ in range(count):
                size, body = leb(data, at)
                found.append(body + size - at)
                at = body + size
    return found


def function_names(data):
    names = {}
    for kind, at, end in sections(data):
        if kind != 0:
            continue
        name, at = text(data, at)
        while name == "name" and at < end:
            sub, (size, at) = data[at], leb(data, at + 1)
            stop = at + size
            if sub == 1:
                count, at = leb(data, at)
                for _ in range(count):
                    index, at = leb(data, at)
                    names[index], at = text(data, at)
            at = stop
    return names


def named_sizes(data):
    """(name, bytes) of every function with a body."""
    names, first = function_names(data), len(function_imports(data))
    return [(names.get(first + i, f"function {first + i}"), size) for i, size in enumerate(function_sizes(data))]
