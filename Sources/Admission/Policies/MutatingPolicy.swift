import CEL
import KubernetesCEL
import Schema
import Values

/// A MutatingAdmissionPolicy, compiled (Kubernetes documentation, "Mutating Admission Policy").
struct MutatingPolicy: CompiledPolicy {
  /// One change of the object.
  struct Mutation: Sendable {
    let isJSONPatch: Bool
    let expression: Result<PolicyExpression, PolicyEnvironment.Fault>
  }

  /// Why an object can't be changed.
  enum Failure: Error, Sendable {
    /// The policy's failure: `failurePolicy` decides.
    case policy(String)
    /// The request's, whatever the policy says.
    case request(StatusError)
  }

  let head: PolicyHead
  let mutations: [Mutation]
  let isReinvoked: Bool

  init(_ policy: Value) {
    let head = PolicyHead(policy, isMutation: true)
    self.head = head
    mutations = (policy["spec"]?["mutations"]?.array ?? []).map { mutation in
      let isPatch = mutation["patchType"]?.string == "JSONPatch"
      let member = mutation[isPatch ? "jsonPatch" : "applyConfiguration"]
      return Mutation(
        isJSONPatch: isPatch,
        expression: head.compile(
          member?["expression"]?.string ?? "", isPatch ? .policyJSONPatch : .policyApplyConfiguration))
    }
    isReinvoked = policy["spec"]?["reinvocationPolicy"]?.string == "IfNeeded"
  }

  /// Makes one change.
  /// - Parameters:
  ///   - object: in the version of `kind`; also what expressions see as `object`.
  ///   - type: how objects of the kind are merged.
  static func apply(
    _ mutation: Mutation, to object: Value, _ type: ObjectType, _ run: PolicyRun
  ) async throws(Failure) -> Value {
    let value = try await evaluate(mutation, run)
    return mutation.isJSONPatch ? try patch(object, value) : try merge(object, value, type)
  }

  private static func evaluate(_ mutation: Mutation, _ run: PolicyRun) async throws(Failure) -> CELValue {
    let expression: PolicyExpression
    do throws(PolicyEnvironment.Fault) { expression = try mutation.expression.get() } catch {
      throw .policy(error.message)
    }
    var budget = KubernetesCEL.Limits.object
    let outcome: PolicyRun.Outcome
    do throws(PolicyRun.BudgetExceeded) {
      outcome = try await run.evaluate(expression, budget: &budget)
    } catch {
      throw .policy(error.message)
    }
    switch outcome {
    case .success(let value): return value
    case .failure(let fault): throw .policy(fault.message)
    }
  }

  // MARK: - JSON patches

  private static func patch(_ object: Value, _ value: CELValue) throws(Failure) -> Value {
    var operations: [Value] = []
    for element in value.list?.values ?? [] {
      guard let made = element.object as? MutationObject else {
        throw .policy("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch")
      }
      if let fault = (made.fields["value"]?.object as? MutationObject)?.misplacement {
        throw .policy("type mismatch: \(fault)")
      }
      do throws(CELError) { operations.append(try CELJSON.value(of: element)) } catch {
        throw .policy(
          "JSONPath valueExpression evaluated to a type that could not marshal to JSON: \(error.message)")
      }
    }
    do throws(JSONPatch.Failure) {
      return try JSONPatch(parsing: .array(operations)).apply(to: object)
    } catch {
      if error.isFailedTest { return object }
      throw .policy("JSONPath: \(error.message)")
    }
  }

  // MARK: - Apply configurations

  private static func merge(_ object: Value, _ value: CELValue, _ type: ObjectType) throws(Failure) -> Value {
    guard let made = value.object as? MutationObject else {
      throw .policy("unsupported return type from ApplyConfiguration expression: \(value.type)")
    }
    if let fault = made.misplacement { throw .policy("type mismatch: \(fault)") }
    var configuration: Value
    do throws(CELError) { configuration = try CELJSON.value(of: value) } catch {
      throw .policy("error applying patch: \(error.message)")
    }
    for key in ["apiVersion", "kind"] { configuration[key] = object[key] }
    let applied = TypedValue(configuration, type: type)
    func fail(_ step: String, _ error: TypedError) -> Failure {
      .policy("error applying patch: \(step): \(error)")
    }
    do throws(TypedError) { try applied.validate() } catch {
      throw fail("failed to convert patch object to typed object", error)
    }
    let atomic = AtomicParts.paths(in: configuration, type)
    if !atomic.isEmpty {
      throw .policy(
        "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: "
          + atomic.joined(separator: ", "))
    }
    let live = TypedValue(object, type: type)
    do throws(TypedError) { try live.validate(allowingDuplicates: true) } catch {
      throw fail("failed to convert original object to typed object", error)
    }
    do throws(TypedError) { return try live.merging(applied).value } catch {
      throw fail("failed to merge patch", error)
    }
  }
}

/// Finds what an apply configuration would replace as a whole.
private enum AtomicParts {
  static func paths(in value: Value, _ type: ObjectType) -> [String] {
    find(value, FieldType(.object(TypeReference(type))), [])
  }

  private static func find(_ value: Value, _ type: FieldType, _ path: [PathElement]) -> [String] {
    switch (type.shape, value) {
    case (.object(let reference), .object(let members)):
      let object = reference.type
      var found = type.isAtomic || object.isAtomic ? [FieldSet.text(path)] : []
      for (key, member) in members {
        if let field = object.fields[key] { found += find(member, field, path + [.field(key)]) }
      }
      return found
    case (.map, .object): return type.isAtomic ? [FieldSet.text(path)] : []
    case (.list(let element), .array(let elements)):
      var found = type.listType == .atomic ? [FieldSet.text(path)] : []
      for (index, item) in elements.enumerated() { found += find(item, element, path + [.index(index)]) }
      return found
    default: return []
    }
  }
}
