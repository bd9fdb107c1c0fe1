#include "wait-for-slo/checks/argo/expression/types.hpp"

#include <vector>

namespace slipway::wait_for_slo::expression {

namespace {

std::string name_of(TypeKind kind) {
    switch (kind) {
    case TypeKind::nil: return "nil";
    case TypeKind::boolean: return "bool";
    case TypeKind::integer: return "int";
    case TypeKind::number: return "float64";
    case TypeKind::text: return "string";
    case TypeKind::list: return "a list";
    case TypeKind::any: break;
    }
    return "any";
}

std::string name_of(const Type& type) { return type.kind == TypeKind::list && type.element != TypeKind::any ? "a list of " + name_of(type.element) : name_of(type.kind); }

bool is_number(TypeKind kind) { return kind == TypeKind::integer || kind == TypeKind::number; }
bool may_be_number(TypeKind kind) { return is_number(kind) || kind == TypeKind::any; }
bool may_be(TypeKind kind, TypeKind wanted) { return kind == wanted || kind == TypeKind::any; }

class Checker {
public:
    explicit Checker(Type result) : result_(result) {}

    Type check(const Node& node) {
        switch (node.kind) {
        case NodeKind::nil: return {TypeKind::nil};
        case NodeKind::boolean: return {TypeKind::boolean};
        case NodeKind::integer: return {TypeKind::integer};
        case NodeKind::number: return {TypeKind::number};
        case NodeKind::text: return {TypeKind::text};
        case NodeKind::result: return result_;
        case NodeKind::element: return elements_.back();
        case NodeKind::list:
            for (const auto& part : node.parts) check(*part);
            return {TypeKind::list};
        case NodeKind::unary: return unary(node);
        case NodeKind::binary: return binary(node, check(*node.parts[0]), check(*node.parts[1]));
        case NodeKind::ternary: return ternary(node);
        case NodeKind::index: return index(check(*node.parts[0]), check(*node.parts[1]));
        case NodeKind::call: return call(node);
        case NodeKind::predicate: break;
        }
        return predicate(node);
    }

private:
    Type unary(const Node& node) {
        const auto type = check(*node.parts[0]);
        if (node.name == "not") {
            if (may_be(type.kind, TypeKind::boolean)) return {TypeKind::boolean};
        } else if (may_be_number(type.kind)) {
            return type;
        }
        throw NoValue("invalid operation: " + node.name + " of " + name_of(type));
    }

    Type binary(const Node& node, const Type& left, const Type& right) {
        const auto& sign = node.name;
        const bool unknown = left.kind == TypeKind::any || right.kind == TypeKind::any;
        const bool numbers = may_be_number(left.kind) && may_be_number(right.kind);
        const bool texts = may_be(left.kind, TypeKind::text) && may_be(right.kind, TypeKind::text);
        if (sign == "==" || sign == "!=") {
            const bool nil = left.kind == TypeKind::nil || right.kind == TypeKind::nil;
            if (nil || unknown || left.kind == right.kind || numbers) return {TypeKind::boolean};
        } else if (sign == "and" || sign == "or" || sign == "&&" || sign == "||") {
            if (may_be(left.kind, TypeKind::boolean) && may_be(right.kind, TypeKind::boolean)) return {TypeKind::boolean};
        } else if (sign[0] == '<' || sign[0] == '>') {
            if (numbers || texts) return {TypeKind::boolean};
        } else if (sign == "in") {
            if (may_be(right.kind, TypeKind::list)) return in(*node.parts[1], left, right);
        } else if (sign == "/" || sign == "**" || sign == "^") {
            if (numbers) return {TypeKind::number};
        } else if (sign == "%") {
            if (may_be(left.kind, TypeKind::integer) && may_be(right.kind, TypeKind::integer)) return {unknown ? TypeKind::any : TypeKind::integer};
        } else if (numbers || (sign == "+" && texts)) {
            if (unknown) return {TypeKind::any};
            return {left.kind == right.kind ? left.kind : TypeKind::number};
        }
        throw NoValue("invalid operation: " + sign + " (mismatched types " + name_of(left) + " and " + name_of(right) + ')');
    }

    /// Whether a literal list holds but one type is known of that list only.
    Type in(const Node& list, const Type& left, const Type& right) {
        auto element = right.element;
        if (list.kind == NodeKind::list && !list.parts.empty()) {
            element = check(*list.parts[0]).kind;
            for (const auto& part : list.parts) {
                if (check(*part).kind != element) element = TypeKind::any;
            }
        }
        const bool comparable = left.kind == TypeKind::nil || element == TypeKind::nil || left.kind == element || left.kind == TypeKind::any || element == TypeKind::any || (is_number(left.kind) && is_number(element));
        if (!comparable) throw NoValue("cannot look for " + name_of(left) + " in a list of " + name_of(element));
        return {TypeKind::boolean};
    }

    Type ternary(const Node& node) {
        const auto asked = check(*node.parts[0]);
        if (!may_be(asked.kind, TypeKind::boolean)) throw NoValue("the condition before '?' is " + name_of(asked) + ", not bool");
        const auto yes = check(*node.parts[1]);
        const auto no = check(*node.parts[2]);
        if (yes.kind == TypeKind::nil) return no;
        if (no.kind == TypeKind::nil || no.kind == TypeKind::any) return yes;
        return yes.kind == no.kind && yes.element == no.element ? yes : Type{};
    }

    static Type index(const Type& base, const Type& which) {
        if (base.kind == TypeKind::any) return {};
        if (base.kind != TypeKind::list) throw NoValue("cannot take an element of " + name_of(base));
        if (!may_be(which.kind, TypeKind::integer)) throw NoValue("elements of a list are selected by int, not " + name_of(which));
        return {base.element};
    }

    Type call(const Node& node) {
        const auto& name = node.name;
        std::vector<Type> types;
        for (const auto& part : node.parts) types.push_back(check(*part));
        const auto kind = types.front().kind;
        const auto need = [&](bool right) {
            if (!right) throw NoValue("invalid argument for " + name + " (" + name_of(types.front()) + ')');
        };
        if (name == "isNil") return {TypeKind::boolean};
        if (name == "default") return {};
        if (name == "asInt") return {TypeKind::integer};
        if (name == "asFloat") return {TypeKind::number};
        if (name == "isNaN" || name == "isInf") return need(may_be_number(kind) || kind == TypeKind::nil), Type{TypeKind::boolean};
        if (name == "len") return need(may_be(kind, TypeKind::list) || kind == TypeKind::text), Type{TypeKind::integer};
        if (name == "abs") return need(may_be_number(kind)), types.front();
        if (name == "ceil" || name == "floor" || name == "round") return need(may_be_number(kind)), Type{TypeKind::number};
        if (name == "int") return need(may_be_number(kind) || kind == TypeKind::text), Type{TypeKind::integer};
        if (name == "float") return need(may_be_number(kind) || kind == TypeKind::text), Type{TypeKind::number};
        if (name == "max" || name == "min") {
            for (const auto& type : types) {
                if (type.kind == TypeKind::any || type.kind == TypeKind::list) return {};
                if (!is_number(type.kind)) throw NoValue("invalid argument for " + name + " (" + name_of(type) + ')');
            }
            return types.front();
        }
        need(may_be(kind, TypeKind::list));
        if (name == "mean" || name == "median") return {TypeKind::number};
        return {name == "first" || name == "last" ? types.front().element : TypeKind::any};
    }

    Type predicate(const Node& node) {
        const auto over = check(*node.parts[0]);
        if (!may_be(over.kind, TypeKind::list)) throw NoValue(node.name + " takes a list, not " + name_of(over));
        elements_.push_back({over.element});
        const auto asked = check(*node.parts[1]);
        elements_.pop_back();
        if (asked.kind == TypeKind::nil) throw NoValue("the predicate of " + node.name + " is nil");
        if (node.name == "map") return {TypeKind::list, asked.kind};
        if (!may_be(asked.kind, TypeKind::boolean)) throw NoValue("the predicate of " + node.name + " is " + name_of(asked) + ", not bool");
        if (node.name == "filter") return {TypeKind::list, over.element};
        return {node.name == "count" ? TypeKind::integer : TypeKind::boolean};
    }

    Type result_;
    std::vector<Type> elements_; ///< what # is, in predicates around
};

} // namespace

Type type_of(const Node& node, Type result) { return Checker(result).check(node); }

} // namespace slipway::wait_for_slo::expression
