using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Execution;

[OptionsValidator]
internal sealed partial class WorkflowOptionsValidator : IValidateOptions<WorkflowOptions>;
