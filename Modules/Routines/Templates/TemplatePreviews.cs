using System.Collections.Concurrent;
using System.Collections.Frozen;
using Crm.Core;
using Crm.Routines.Features.JobTrace;
using Crm.Workflows;

namespace Crm.Routines.Templates;

/// <summary>Pictures of templates, drawn from their definitions. Files do not change while the application runs, so each is drawn once in each language.</summary>
internal sealed class TemplatePreviews(RoutineTemplates templates, IActivityCatalog catalog)
{
    private readonly ConcurrentDictionary<(string Key, string Language), TraceDrawing?> _drawn = new();

    public TraceDrawing? Of(RoutineTemplate template) => _drawn.GetOrAdd((template.Key, Texts.Language), at =>
    {
        // What the boxes name is not there yet and does not show; any id stands for it.
        var ids = templates.Find(at.Key)!.Forms.Select(f => "@form:" + f.Key).Concat(template.Messages.Select(m => "@message:" + m.Key)).Concat(["@base:communication-kind", "@base:communication-result", "@base:contact-status"])
            .ToFrozenDictionary(n => n, _ => Guid.Empty.ToString());
        return CompiledWorkflow.TryCompile(template.Draw(at.Language, ids), catalog, out _) is { } workflow ? JobTraces.Draw(workflow.Root) : null;
    });
}
