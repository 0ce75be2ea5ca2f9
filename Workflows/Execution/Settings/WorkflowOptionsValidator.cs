using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Execution.Settings;

[OptionsValidator]
internal sealed partial class WorkflowOptionsValidator : IValidateOptions<WorkflowOptions>;
