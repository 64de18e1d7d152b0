"""schema.graphql as Markdown: each type with the descriptions that clients see."""

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_specified_scalar_type,
    print_ast,
)



def described(text: str | None) -> str:
    """On one line, for a cell of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")


def paragraph(text: str | None) -> list[str]:
    return [text, ""] if text else []


def reference(schema: GraphQLSchema, of_type) -> str:
    """`[Type!]!`, as a link where the type has a section."""
    named = get_named_type(of_type)
    if is_specified_scalar_type(named):
        return f"`{of_type}`"
    return f"[`{of_type}`](#{named.name.lower()})"


def default_of(argument: GraphQLArgument) -> str:
    node = argument.ast_node.default_value if argument.ast_node else None
    return f" = `{print_ast(node)}`" if node else ""


def inputs(schema: GraphQLSchema, arguments: dict) -> list[str]:
    lines = ["| argument | type | |", "|---|---|---|"]
    for name, argument in arguments.items():
        lines.append(f"| `{name}` | {reference(schema, argument.type)}{default_of(argument)} | {described(argument.description)} |")
    return [*lines, ""]


def root_section(schema: GraphQLSchema, root: GraphQLObjectType, title: str) -> list[str]:
    lines = [f"## {title}", "", *paragraph(root.description)]
    for name, field in root.fields.items():
        lines += [f"### {name}", "", *paragraph(field.description), f"Returns {reference(schema, field.type)}.", ""]
        if field.args:
            lines += inputs(schema, field.args)
    return lines


def type_section(schema: GraphQLSchema, named: GraphQLNamedType) -> list[str]:
    lines = [f"### {named.name}", "", *paragraph(named.description)]
    if isinstance(named, GraphQLEnumType):
        lines += ["| value | |", "|---|---|"]
        lines += [f"| `{name}` | {described(value.description)} |" for name, value in named.values.items()]
    elif isinstance(named, GraphQLInputObjectType):
        return lines + inputs(schema, named.fields)
    elif isinstance(named, (GraphQLObjectType, GraphQLInterfaceType)):
        lines += ["| field | type | |", "|---|---|---|"]
        for name, field in named.fields.items():
            arguments = f"({', '.join(f'{key}: {argument.type}' for key, argument in field.args.items())})" if field.args else ""
            details = " ".join(f"`{key}`: {described(argument.description)}" for key, argument in field.args.items())
            lines.append(f"| `{name}{arguments}` | {reference(schema, field.type)} | {described(field.description)} {details} |")
    elif isinstance(named, GraphQLUnionType):
        lines.append("One of " + ", ".join(reference(schema, member) for member in named.types) + ".")
    return [*lines, ""]


def markdown(text: str) -> str:
    schema = build_schema(text)
    roots = {
        "Queries": schema.query_type,
        "Mutations": schema.mutation_type,
        "Subscriptions": schema.subscription_type,
    }
    lines = []
    for title, root in roots.items():
        if root:
            lines += root_section(schema, root, title)
    lines += ["## Types", ""]
    for name, named in sorted(schema.type_map.items()):
        if name.startswith("__") or is_specified_scalar_type(named) or named in roots.values():
            continue
        lines += type_section(schema, named)
    return "\n".join(lines)
