/// A check of what is known of an expression before it is run, after its types are checked.
public struct Validator: Sendable {
  let validate: @Sendable (CheckedExpression) -> [CompilationIssue]
}
