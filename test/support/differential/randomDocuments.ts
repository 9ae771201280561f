import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from "graphql";
import { createRandom, type Random } from "./random";

export interface RandomRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const aliases = ["a", "b", "a_b", "id", "nodes", "x1", "idx0", "Customer", "Customer_id", "constructor", "_"];
const texts = ["", "x", "0", "COCP-7Q4M-K2XW", "a\u2028b", "null", "__MAGIC_NAN__57f286b9_4c20_487f_b409_79804ddcb4f8"];

/** A request for this schema; the same for the same seed. Some of them are not valid. */
export function randomRequest(schema: GraphQLSchema, seed: number): RandomRequest {
  return new Writer(schema, createRandom(seed)).request();
}

class Writer {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  readonly #definitions: string[] = [];
  readonly #variables: Record<string, unknown> = {};
  readonly #fragments: { name: string; type: string; text: string }[] = [];
  #count = 0;

  constructor(schema: GraphQLSchema, random: Random) {
    this.#schema = schema;
    this.#random = random;
  }

  request(): RandomRequest {
    const mutation = this.#schema.getMutationType();
    const isMutation = mutation != null && this.#random.chance(0.15);
    const root = isMutation ? mutation : this.#schema.getQueryType();
    if (!root) throw new Error("A schema has a query type");
    const selection = this.#selection(root, isMutation ? 3 : 4 + this.#random.below(2));
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(", ")})` : "";
    const fragments = this.#fragments.map(({ name, type, text }) => ` fragment ${name} on ${type} ${text}`);
    const query = `${isMutation ? "mutation" : "query"} Q${definitions} ${selection}${fragments.join("")}`;
    return { query, variables: this.#variables };
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const count = 1 + this.#random.below(4);
    const parts = Array.from({ length: count }, () => this.#part(type, depth));
    return `{ ${parts.join(" ")} }`;
  }

  #part(type: GraphQLCompositeType, depth: number): string {
    const kind = this.#random.next();
    if (kind < 0.1) return `${this.#alias(0.2)}__typename${this.#condition()}`;
    if (kind < 0.25 && depth > 1) return this.#inlineFragment(type, depth);
    if (kind < 0.4 && depth > 1) return this.#spread(type, depth);
    return this.#field(type, depth);
  }

  #inlineFragment(type: GraphQLCompositeType, depth: number): string {
    const target = this.#related(type);
    const typeCondition = target === type && this.#random.chance(0.5) ? "" : ` on ${target.name}`;
    return `...${typeCondition}${this.#condition()} ${this.#selection(target, depth - 1)}`;
  }

  /** A type that values of this one may have. */
  #related(type: GraphQLCompositeType): GraphQLCompositeType {
    if (isAbstractType(type)) return this.#random.oneOf([type, ...this.#schema.getPossibleTypes(type)]);
    return isObjectType(type) ? this.#random.oneOf([type, type, ...type.getInterfaces()]) : type;
  }

  #spread(type: GraphQLCompositeType, depth: number): string {
    const fitting = this.#fragments.filter((fragment) => fragment.type === type.name && fragment.text !== "");
    if (fitting.length > 0 && this.#random.chance(0.6)) {
      return `...${this.#random.oneOf(fitting).name}${this.#condition()}`;
    }
    const target = this.#related(type);
    const fragment = { name: `F${(this.#count += 1)}`, type: target.name, text: "" };
    this.#fragments.push(fragment);
    fragment.text = this.#selection(target, depth - 1);
    return `...${fragment.name}${this.#condition()}`;
  }

  #field(type: GraphQLCompositeType, depth: number): string {
    const fields = "getFields" in type ? Object.values(type.getFields()) : [];
    const usable = fields.filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)));
    if (usable.length === 0) return "__typename";
    const field = this.#random.oneOf(usable);
    const alias = this.#alias(field.args.length > 0 ? 0.6 : 0.2);
    const named = getNamedType(field.type);
    const selection = isCompositeType(named) ? ` ${this.#selection(named, depth - 1)}` : "";
    return `${alias}${field.name}${this.#arguments(field)}${this.#condition()}${selection}`;
  }

  #alias(probability: number): string {
    if (!this.#random.chance(probability)) return "";
    const alias = this.#random.chance(0.5) ? this.#random.oneOf(aliases) : `r${(this.#count += 1)}`;
    return `${alias}: `;
  }

  #arguments({ args }: GraphQLField<unknown, unknown>): string {
    const given = args.filter((arg) => isRequired(arg) || this.#random.chance(0.3));
    if (given.length === 0) return "";
    return `(${given.map((arg) => `${arg.name}: ${this.#value(arg.type, arg)}`).join(", ")})`;
  }

  #condition(): string {
    if (!this.#random.chance(0.07)) return "";
    const names = this.#random.oneOf([["skip"], ["include"], ["skip", "include"]]);
    return names.map((name) => ` @${name}(if: ${this.#boolean()})`).join("");
  }

  #boolean(): string {
    if (this.#random.chance(0.3)) return String(this.#random.chance(0.5));
    const type = this.#random.oneOf(["Boolean!", "Boolean = true", "Boolean = false", "Boolean! = true"]);
    const isRequiredType = type === "Boolean!";
    const value = () => this.#random.oneOf(isRequiredType ? [true, false] : [true, false, null]);
    return this.#variable(type, isRequiredType || this.#random.chance(0.6) ? value() : undefined);
  }

  /** Declares a variable; undefined: the request does not have it. */
  #variable(type: string, value: unknown): string {
    const name = `v${(this.#count += 1)}`;
    this.#definitions.push(`$${name}: ${type}`);
    if (value !== undefined) this.#variables[name] = value;
    return `$${name}`;
  }

  /** A value written into the document, or a variable. */
  #value(type: GraphQLInputType, position?: GraphQLArgument | GraphQLInputField): string {
    if (this.#random.chance(0.35)) return this.#variableFor(type, position);
    const inner = getNullableType(type);
    if (!isNonNullType(type) && this.#random.chance(0.1)) return "null";
    if (isListType(inner)) {
      const item = inner.ofType as GraphQLInputType;
      if (this.#random.chance(0.2) && !isNonNullType(item)) return this.#literal(item);
      return `[${Array.from({ length: this.#random.below(3) }, () => this.#value(item)).join(", ")}]`;
    }
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields());
      const given = fields.filter((field) => isRequired(field) || this.#random.chance(0.3));
      return `{${given.map((field) => `${field.name}: ${this.#value(field.type, field)}`).join(", ")}}`;
    }
    return this.#literal(inner);
  }

  #variableFor(type: GraphQLInputType, position: GraphQLArgument | GraphQLInputField | undefined): string {
    const nullable = getNullableType(type);
    const mayBeAbsent = position?.defaultValue !== undefined || !isNonNullType(type);
    const kind = this.#random.next();
    if (kind < 0.3) return this.#variable(`${String(nullable)} = ${this.#literal(nullable)}`, this.#maybe(nullable));
    if (kind < 0.7 && mayBeAbsent) return this.#variable(String(nullable), this.#maybe(nullable));
    return this.#variable(`${String(nullable)}!`, this.#given(nullable));
  }

  /** A value, null, or undefined for a variable that is absent. */
  #maybe(type: GraphQLInputType): unknown {
    const kind = this.#random.next();
    if (kind < 0.3) return undefined;
    return kind < 0.5 ? null : this.#given(type);
  }

  /** A value of a variable, seldom of a wrong type. */
  #given(type: GraphQLInputType): unknown {
    const inner = getNullableType(type);
    if (this.#random.chance(0.02)) return this.#random.oneOf([true, 7, "7", 1.5, [], {}, null]);
    if (isListType(inner)) {
      const item = inner.ofType as GraphQLInputType;
      if (this.#random.chance(0.2)) return this.#given(item);
      return Array.from({ length: this.#random.below(3) }, () => this.#given(item));
    }
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields()).filter((field) => isRequired(field) || this.#random.chance(0.4));
      return Object.fromEntries(
        fields.map((field) => [
          field.name,
          !isNonNullType(field.type) && this.#random.chance(0.2) ? null : this.#given(field.type),
        ]),
      );
    }
    return JSON.parse(isEnumType(inner) ? JSON.stringify(this.#literal(inner)) : this.#literal(inner));
  }

  /** Written into the document, without variables. */
  #literal(type: GraphQLInputType): string {
    const inner = getNullableType(type);
    if (isListType(inner)) {
      const item = inner.ofType as GraphQLInputType;
      return `[${Array.from({ length: this.#random.below(3) }, () => this.#literal(item)).join(", ")}]`;
    }
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields()).filter(isRequired);
      return `{${fields.map((field) => `${field.name}: ${this.#literal(field.type)}`).join(", ")}}`;
    }
    if (isEnumType(inner)) return this.#random.oneOf(inner.getValues()).name;
    switch (inner.name) {
      case "Boolean":
        return String(this.#random.chance(0.5));
      case "Int":
        return String(this.#random.oneOf([0, 1, 2, -1]));
      case "Float":
        return this.#random.oneOf(["0", "1.5", "-2"]);
      case "ID":
        return this.#random.oneOf(["0", "7", '"7"', '""', '"x"']);
      case "LocalDate":
        return '"2027-02-20"';
      case "DateTime":
        return '"2026-11-22T09:30:00.000Z"';
      default:
        return JSON.stringify(this.#random.oneOf(texts));
    }
  }
}

function isRequired({ type, defaultValue }: GraphQLArgument | GraphQLInputField): boolean {
  return isNonNullType(type) && defaultValue === undefined;
}
