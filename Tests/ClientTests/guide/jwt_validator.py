import jwt
import json
from flask import Flask, request, jsonify
from datetime import datetime, timezone

app = Flask(__name__)

# Your JWT secret or public key
JWT_SECRET = "your-secret-key"
JWT_ALGORITHM = "HS256" # or RS256 for RSA

@app.route('/validate', methods=['POST'])
def validate_token():
    """Validate JWT token for Kubernetes webhook authentication"""
    token_review = request.get_json()
    token = token_review.get('spec', {}).get('token', '')

    try:
        # Decode and validate JWT
        payload = jwt.decode(
            token,
            JWT_SECRET,
            algorithms=[JWT_ALGORITHM],
            options={"verify_exp": True}
        )

        # Build response
        response = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "status": {
                "authenticated": True,
                "user": {
                    "username": payload.get('sub'),
                    "uid": payload.get('uid'),
                    "groups": payload.get('groups', []),
                    "extra": {
                        "email": [payload.get('email', '')],
                        "department": [payload.get('department', '')]
                    }
                },
                "audiences": payload.get('aud', [])
            }
        }
    except jwt.ExpiredSignatureError:
        response = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "status": {
                "authenticated": False,
                "error": "Token has expired"
            }
        }
    except jwt.InvalidTokenError as e:
        response = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "status": {
                "authenticated": False,
                "error": str(e)
            }
        }

    return jsonify(response)

if __name__ == '__main__':
    app.run(host='0.0.0.0', port=3000, ssl_context='adhoc')
