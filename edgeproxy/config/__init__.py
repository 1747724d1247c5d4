"""From a configuration file to a Project: every mistake at once, each with file, line, key and a hint.

    document            what a text says: data, and the line of every key
    defaults            what holds where it says nothing
    hosts               names of hosts, and the URL of a server
    yaml                text -> plain data, and the line of every key; `${VAR}` is expanded here
    values              the small types of the schema: sizes, whole numbers, addresses, names
    base                what every section of the schema shares
    model               the schema: what the file may say (pydantic)
    distribution_model  the part of it under `distribution`
    policy_model        the part of it for policies
    validate            data against the schema; what is wrong is cut out, so that the rest can be checked too
    problems            findings with their lines, in words, with the nearest right spelling
    functions           `functions` -> Function
    origins             `origins` -> Origin, and where each really is
    policies            `cache_policies` and the others -> the policies that behaviours name
    behaviors           behaviours -> Behavior
    distribution        `distribution` -> Distribution, with the rules that span several keys
    unused              what this version accepts and does not act on yet
    project             Project: all of it, ready for the builder
    assemble            a document -> Project
    options             a Project without a file: `serve --origin`, a wrapped application
    load                the ways to a Project: this is what others call
    schema              the JSON Schema that `edgeproxy schema` prints

Nothing is imported here: pydantic and PyYAML cost time, and only loading needs them.
"""
