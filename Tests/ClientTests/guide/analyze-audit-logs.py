#!/usr/bin/env python3

import json
import sys
from collections import defaultdict
from datetime import datetime

def analyze_audit_logs(log_file):
    """Analyze Kubernetes audit logs for security insights"""

    stats = {
        'total_events': 0,
        'auth_failures': 0,
        'rbac_changes': 0,
        'secret_access': 0,
        'users': defaultdict(int),
        'verbs': defaultdict(int),
        'denied_requests': []
    }

    with open(log_file, 'r') as f:
        for line in f:
            try:
                event = json.loads(line)
                stats['total_events'] += 1

                # Track users
                user = event.get('user', {}).get('username', 'unknown')
                stats['users'][user] += 1

                # Track verbs
                verb = event.get('verb', 'unknown')
                stats['verbs'][verb] += 1

                # Check for authentication failures
                if event.get('responseStatus', {}).get('code', 200) == 401:
                    stats['auth_failures'] += 1

                # Check for authorization failures
                if event.get('responseStatus', {}).get('code', 200) == 403:
                    stats['denied_requests'].append({
                        'user': user,
                        'verb': verb,
                        'resource': event.get('objectRef', {}).get('resource', 'unknown'),
                        'time': event.get('requestReceivedTimestamp', 'unknown')
                    })

                # Check for RBAC changes
                if event.get('objectRef', {}).get('apiGroup') == 'rbac.authorization.k8s.io':
                    stats['rbac_changes'] += 1

                # Check for secret access
                if event.get('objectRef', {}).get('resource') == 'secrets':
                    stats['secret_access'] += 1

            except json.JSONDecodeError:
                continue

    # Print analysis
    print("=== Audit Log Analysis ===")
    print(f"Total Events: {stats['total_events']}")
    print(f"Auth Failures: {stats['auth_failures']}")
    print(f"RBAC Changes: {stats['rbac_changes']}")
    print(f"Secret Access: {stats['secret_access']}")

    print("\n=== Top Users ===")
    for user, count in sorted(stats['users'].items(),
                              key=lambda x: x[1],
                              reverse=True)[:10]:
        print(f"{user}: {count}")

    print("\n=== Verb Distribution ===")
    for verb, count in sorted(stats['verbs'].items(),
                              key=lambda x: x[1],
                              reverse=True):
        print(f"{verb}: {count}")

    if stats['denied_requests']:
        print("\n=== Recent Denied Requests ===")
        for req in stats['denied_requests'][:10]:
            print(f"User: {req['user']}, Verb: {req['verb']}, "
                  f"Resource: {req['resource']}, Time: {req['time']}")

if __name__ == "__main__":
    if len(sys.argv) != 2:
        print("Usage: python analyze-audit-logs.py <audit-log-file>")
        sys.exit(1)

    analyze_audit_logs(sys.argv[1])
