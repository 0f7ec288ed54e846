// Answers the lines of `gatehouse policy simulate` with cloud-copilot's iam-simulate, a process of its own.
// It is under the AGPL: it is installed to be asked, and is no part of anything here.
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const require = createRequire(process.argv[2] + '/')
const { anonymousPrincipal, runSimulation } = require('@cloud-copilot/iam-simulate')

const named = (policies) => (policies ?? []).map((policy, at) => ({ name: `p${at}`, policy }))
const levels = (list) => (list ?? []).map((policies, at) => ({ orgIdentifier: `l${at}`, policies: named(policies) }))
const texts = (value) => (Array.isArray(value) ? value.map(String) : String(value))

async function decide({ policies, request }) {
  const anonymous = request.principal === null
  const result = await runSimulation({
    request: {
      principal: anonymous ? anonymousPrincipal : request.principal,
      action: request.action,
      resource: { resource: request.resource, accountId: request.resource.split(':')[4] },
      contextVariables: Object.fromEntries(Object.entries(request.context).map(([key, value]) => [key, texts(value)])),
    },
    identityPolicies: named(policies.identity),
    resourcePolicy: policies.resource?.[0],
    permissionBoundaryPolicies: policies.boundary?.length ? named(policies.boundary) : undefined,
    sessionPolicy: policies.session?.[0],
    serviceControlPolicies: levels(policies.scp),
    resourceControlPolicies: levels(policies.rcp),
    vpcEndpointPolicies: policies.vpce?.length ? named(policies.vpce) : undefined,
  }, {})
  return result.resultType === 'error' ? { error: JSON.stringify(result.errors) } : { decision: result.overallResult }
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line)
  const answer = await decide(asked).catch((why) => ({ error: String(why) }))
  console.log(JSON.stringify({ id: asked.id, ...answer }))
}
