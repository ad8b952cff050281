import HTTPService
import Schema
import Values
import Webhook

/// Converts custom objects between versions by asking a webhook (Kubernetes documentation, "Versions in
/// CustomResourceDefinitions", "Webhook conversion").
public struct ConversionWebhook: Sendable {
  private let servers: ExtensionServers
  private let clientConfig: Value
  private let reviewVersions: [String]
  private static let timeout = Duration.seconds(30)

  /// - Parameter spec: of the CustomResourceDefinition.
  /// - Returns: nil where its conversion is no webhook.
  init?(spec: Value, servers: ExtensionServers) {
    guard spec["conversion"]?["strategy"]?.string == "Webhook",
      let webhook = spec["conversion"]?["webhook"]
    else { return nil }
    self.servers = servers
    clientConfig = webhook["clientConfig"] ?? [:]
    reviewVersions = webhook["conversionReviewVersions"]?.strings ?? []
  }

  /// Converts objects; those that are in the version already are not sent.
  /// - Throws: 500 in the words of the real server where the webhook fails or answers something else.
  func convert(_ objects: [Value], to version: GroupVersion) async throws(StatusError) -> [Value] {
    let wanted = version.apiVersion
    let places = objects.indices.filter { objects[$0]["apiVersion"]?.string != wanted }
    guard let first = places.first else { return objects }
    let sent = places.map { objects[$0] }
    // A list is named by its kind.
    let subject = Self.text(of: objects[first])
    guard let reviewVersion = reviewVersions.first(where: { $0 == "v1" || $0 == "v1beta1" }) else {
      throw .unexpected("no supported conversion review versions")
    }
    let uid = RandomText.uuid()
    let review: Value = [
      "kind": "ConversionReview", "apiVersion": .string("apiextensions.k8s.io/\(reviewVersion)"),
      "request": [
        "uid": .string(uid), "desiredAPIVersion": .string(wanted), "objects": .array(sent),
      ],
    ]
    let converted: [Value]
    do throws(Failure) {
      converted = try Self.converted(try await ask(review), uid: uid, reviewVersion: reviewVersion)
    } catch {
      throw .unexpected("conversion webhook for \(subject) failed: \(error.text)")
    }
    guard converted.count == sent.count else {
      throw .unexpected(
        "conversion webhook for \(subject) returned \(converted.count) objects, expected \(sent.count)")
    }
    var result = objects
    for (index, place) in places.enumerated() {
      do throws(Failure) {
        result[place] = try ConvertedObject.checked(
          converted[index], original: objects[place], version: version)
      } catch {
        let what = error.isAboutMetadata ? "metadata in object" : "converted object"
        throw .unexpected(
          "conversion webhook for \(subject) returned invalid \(what) at index \(index): \(error.text)")
      }
    }
    return result
  }

  struct Failure: Error {
    var text: String
    var isAboutMetadata = false
  }

  /// `example.com/v1, Kind=Widget`.
  private static func text(of object: Value) -> String {
    "\(object["apiVersion"]?.string ?? ""), Kind=\(object["kind"]?.string ?? "")"
  }

  private func ask(_ review: Value) async throws(Failure) -> Value {
    let reply: ClientResponse
    do {
      reply = try await servers.post(review, to: try WebhookClientConfig(clientConfig), timeout: Self.timeout)
    } catch let error as HTTPClientError {
      throw Failure(text: error.description)
    } catch {
      throw Failure(text: "\(error)")
    }
    guard (200..<300).contains(reply.status) else { throw Failure(text: Self.refusal(reply)) }
    guard let value = try? JSON.parse(reply.body), value.object != nil else {
      throw Failure(text: "couldn't decode the webhook's answer as JSON")
    }
    return value
  }

  /// How Go's REST client words an answer that is no success.
  private static func refusal(_ reply: ClientResponse) -> String {
    if let status = try? JSON.parse(reply.body), status["kind"]?.string == "Status",
      let message = status["message"]?.string
    {
      return message
    }
    switch reply.status {
    case 404: return "the server could not find the requested resource"
    case 500...:
      let text = String(decoding: reply.body.prefix(2048), as: UTF8.self)
      let body = text.isEmpty ? "unknown" : text
      return "an error on the server (\(FieldError.quoted(body))) has prevented the request from succeeding"
    default:
      return "the server responded with the status code \(reply.status) but did not return more information"
    }
  }

  private static func converted(
    _ answer: Value, uid: String, reviewVersion: String
  ) throws(Failure) -> [Value] {
    if reviewVersion == "v1" {
      let kind = answer["kind"]?.string ?? ""
      let apiVersion = answer["apiVersion"]?.string ?? ""
      guard kind == "ConversionReview", apiVersion == "apiextensions.k8s.io/v1" else {
        throw Failure(
          text: "expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got "
            + "\(apiVersion), Kind=\(kind)")
      }
    }
    guard let response = answer["response"], response.object != nil else {
      throw Failure(text: "no response provided")
    }
    let given = response["uid"]?.string ?? ""
    if reviewVersion == "v1", given != uid {
      throw Failure(text: "expected response.uid=\(FieldError.quoted(uid)), got \(FieldError.quoted(given))")
    }
    let status = response["result"]?["status"]?.string ?? ""
    guard status == "Success" else {
      let message = response["result"]?["message"]?.string ?? ""
      throw Failure(text: message.isEmpty ? "response.result.status was '\(status)', not 'Success'" : message)
    }
    return response["convertedObjects"]?.array ?? []
  }
}

/// What a webhook may have made of an object: its kind, name, namespace and uid stay, and of its metadata only
/// labels and annotations are taken over.
enum ConvertedObject {
  static func checked(
    _ object: Value, original: Value, version: GroupVersion
  ) throws(ConversionWebhook.Failure) -> Value {
    let apiVersion = object["apiVersion"]?.string ?? ""
    guard apiVersion == version.apiVersion else {
      throw .init(text: "invalid groupVersion (expected \(version.apiVersion), received \(apiVersion))")
    }
    let kinds = (original["kind"]?.string ?? "", object["kind"]?.string ?? "")
    guard kinds.0 == kinds.1 else {
      throw .init(text: "invalid kind (expected \(kinds.0), received \(kinds.1))")
    }
    for (key, word) in [("name", "name"), ("namespace", "namespace"), ("uid", "UID")] {
      let before = original["metadata"]?[key]?.string ?? ""
      let after = object["metadata"]?[key]?.string ?? ""
      guard before == after else {
        throw .init(text: "must have the same \(word): \(before) != \(after)")
      }
    }
    guard let given = object["metadata"] else {
      throw .init(text: "missing metadata in converted object", isAboutMetadata: true)
    }
    guard given.object != nil else {
      throw .init(text: "invalid metadata in converted object", isAboutMetadata: true)
    }
    var result = object
    var metadata = original["metadata"] ?? [:]
    for field in ["labels", "annotations"] {
      guard let new = given[field], !new.isNull else {
        metadata[field] = nil
        continue
      }
      guard let members = new.object, members.allSatisfy({ $0.value.string != nil }) else {
        throw .init(text: "metadata.\(field) must hold strings in converted object", isAboutMetadata: true)
      }
      metadata[field] = new
    }
    result["metadata"] = metadata
    return result
  }
}

extension APIServer {
  /// What converts the objects of a CustomResourceDefinition; nil where no webhook does.
  public func conversionWebhook(for spec: Value) -> ConversionWebhook? {
    ConversionWebhook(spec: spec, servers: extensions)
  }
}
