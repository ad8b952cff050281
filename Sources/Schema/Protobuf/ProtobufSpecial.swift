/// Messages that JSON writes in a form of its own: text, a number, a list, or anything at all.
enum ProtobufSpecial: Sendable {
  /// `resource.Quantity`: its text in field 1.
  case quantity
  /// `metav1.Time`: seconds in field 1; field 2, the nanoseconds, is zero.
  case time
  /// `metav1.MicroTime`: seconds, and nanoseconds in whole microseconds.
  case microTime
  /// `intstr.IntOrString`: which of the two (0 or 1), the number, the text.
  case intOrString
  /// Anything, as JSON text in field 1: `apiextensions.JSON`, `metav1.FieldsV1`.
  case json
  /// Anything, as JSON text or an encoded object in field 1: `runtime.RawExtension`.
  case rawExtension
  /// A list of strings in field 1: `metav1.Verbs`, `ExtraValue`.
  case strings
  /// `apiextensions.JSONSchemaPropsOrBool` and its like: a schema in one field, something else in another.
  case schemaOrBool, schemaOrArray, schemaOrStrings

  /// The special form of the message with that name, without its package.
  init?(message name: String) {
    switch name {
    case "Quantity", "QuantityValue": self = .quantity
    case "Time", "Timestamp": self = .time
    case "MicroTime": self = .microTime
    case "IntOrString": self = .intOrString
    case "JSON", "FieldsV1": self = .json
    case "RawExtension": self = .rawExtension
    case "Verbs", "ExtraValue": self = .strings
    case "JSONSchemaPropsOrBool": self = .schemaOrBool
    case "JSONSchemaPropsOrArray": self = .schemaOrArray
    case "JSONSchemaPropsOrStringArray": self = .schemaOrStrings
    default: return nil
    }
  }

  /// The message that is the schema in those that hold a schema or something else.
  static let schemaMessage = "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
}
