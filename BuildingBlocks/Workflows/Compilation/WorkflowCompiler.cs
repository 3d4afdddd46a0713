using System.Text.Json.Nodes;

namespace Crm.Workflows;

/// <summary>Reads a definition once and gives both: the findings, and the graph when none is an error.</summary>
internal sealed class WorkflowCompiler(WorkflowDefinition source, IActivityCatalog catalog, IReadOnlySet<string>? dataRoots)
{
    private const int MaxNesting = 50;

    private static readonly Dictionary<string, Behaviour> Behaviours = Enum.GetValues<Behaviour>().Where(behaviour => behaviour is > Behaviour.External and < Behaviour.Routine).ToDictionary(behaviour => "Elsa." + behaviour, StringComparer.Ordinal);

    private readonly WorkflowDefinition definition = source.Clone();
    private readonly List<ValidationMessage> messages = [];
    private readonly List<WorkflowNode> nodes = [];
    private readonly Dictionary<string, string> variableById = new(StringComparer.Ordinal);
    private readonly HashSet<string> variableNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> inputNames = new(StringComparer.Ordinal);
    private readonly HashSet<string> outputNames = new(StringComparer.Ordinal);
    private readonly Dictionary<JsonObject, WorkflowNode> byHolder = new(ReferenceEqualityComparer.Instance);

    public (CompiledWorkflow? Workflow, IReadOnlyList<ValidationMessage> Messages) Run()
    {
        if (definition.Root is not { } root || root.Type.Length == 0)
        {
            Error(ValidationCodes.NoRoot, null, null, "The routine has no activities");
            return (null, messages);
        }
        definition.AssignMissingIds();
        if (!Build(definition.Root!, null, null, 0)) return (null, messages);
        Keys();
        foreach (var input in definition.Inputs) inputNames.Add(input.Name);
        foreach (var output in definition.Outputs) outputNames.Add(output.Name);
        var workflowVariables = DeclareVariables(null, definition.Variables);
        foreach (var node in nodes) node.Variables = DeclareVariables(node, node.Activity.Variables);
        foreach (var node in nodes) Targets(node);
        foreach (var node in nodes) Inputs(node);
        foreach (var node in nodes)
            if (node.Behaviour == Behaviour.Flowchart) Flowchart(node);
        Options();
        if (messages.Any(message => message.Severity == ValidationSeverity.Error)) return (null, messages);
        return (new CompiledWorkflow(definition, nodes, workflowVariables), messages);
    }

    // ---- the tree

    private bool Build(ActivityNode activity, WorkflowNode? parent, EmbeddedActivity? embedded, int nesting)
    {
        var node = new WorkflowNode(activity, parent, embedded?.Port, nodes.Count);
        nodes.Add(node);
        parent?.ChildList.Add(node);
        if (embedded?.Holder is { } holder) byHolder[holder] = node;
        if (nesting > MaxNesting)
        {
            Error(ValidationCodes.TooDeep, node, null, "{0} is nested too deep", node.Title);
            return false;
        }
        node.Descriptor = catalog.Find(node.Type, activity.Version);
        if (node.Descriptor is null && activity.Json["workflowDefinitionId"].Str() is { Length: > 0 } used)
        {
            // A routine used as an activity says itself what it takes and gives: no catalog has to know it, and a published version means the same for ever.
            node.Descriptor = RoutineBox(activity);
            node.Behaviour = Behaviour.Routine;
            node.Uses = (used, activity.Json["workflowDefinitionVersionId"].Str());
        }
        else if (node.Descriptor is null) Error(ValidationCodes.UnknownActivity, node, null, "The activity {0} is of an unknown type: {1}", node.Title, node.Type);
        else if (node.Descriptor.Executor == ActivityExecutor.NotRunHere) Error(ValidationCodes.ActivityNotRun, node, null, "The activity {0} cannot be run here: {1}", node.Title, node.Type);
        else if (node.Descriptor.Executor == ActivityExecutor.External) node.Behaviour = Behaviour.External;
        else if (node.Type == StandardActivities.CalendarType) node.Behaviour = Behaviour.Calendar;
        else if (Behaviours.TryGetValue(node.Type, out var behaviour)) node.Behaviour = behaviour;
        else Error(ValidationCodes.ActivityNotRun, node, null, "The activity {0} cannot be run here: {1}", node.Title, node.Type);
        foreach (var child in activity.Children)
            if (!Build(child.Activity, node, child, nesting + 1)) return false;
        return true;
    }

    private static ActivityDescriptor RoutineBox(ActivityNode activity)
    {
        List<InputDescriptor> inputs = [];
        List<OutputDescriptor> outputs = [];
        foreach (var (name, value) in activity.Json)
        {
            if (value is not JsonObject shape || name is "metadata" or "customProperties") continue;
            if (shape.ContainsKey("expression")) inputs.Add(new InputDescriptor { Name = name, DisplayName = name, TypeName = "Object" });
            else if (shape.Obj("memoryReference").Str("id") is not null) outputs.Add(new OutputDescriptor(name, "Object", name));
        }
        return new ActivityDescriptor { TypeName = activity.Type, Version = activity.Version, Category = "Workflows", DisplayName = activity.Type, Executor = ActivityExecutor.Engine, Inputs = inputs, Outputs = outputs };
    }

    // ---- what is chosen beside the inputs

    private void Options()
    {
        var always = definition.Options.Str("commitStrategyName");
        foreach (var node in nodes)
        {
            var chosen = node.Activity.CustomProperties.Str("commitStrategyName") ?? node.Activity.CustomProperties.Str("CommitStrategyName");
            var name = Strategy(chosen) is { Length: > 0 } own and not "Default" ? own : node.ChildList.Count == 0 ? Strategy(always) : null;
            node.CommitsBefore = name is "Executing" or "CommitAlways" or "Always" or "ActivityExecuting";
            node.CommitsAfter = name is "Executed" or "CommitAlways" or "Always" or "ActivityExecuted";
            if (node.Activity.CustomProperties.Obj("resilienceStrategy") is not { } config) continue;
            node.Retry = RetryPolicy.Read(config, out var wrong);
            if (wrong is not null) Error(ValidationCodes.WrongOption, node, null, "The activity {0} has a retry policy that cannot be used: {1}", node.Title, wrong);
        }
    }

    // Elsa's names stand there as "Executed", and as "ExecutedActivityStrategy" in older files.
    private static string? Strategy(string? name) => name?.Replace("ActivityStrategy", "", StringComparison.Ordinal).Replace("WorkflowStrategy", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);

    private void Keys()
    {
        foreach (var group in nodes.GroupBy(node => node.Id, StringComparer.Ordinal))
        {
            var sharing = group.ToArray();
            if (sharing.Length == 1)
            {
                sharing[0].Key = group.Key;
                continue;
            }
            var paths = new HashSet<string>(StringComparer.Ordinal);
            foreach (var node in sharing)
            {
                if (!paths.Add(node.NodeId))
                {
                    Error(ValidationCodes.DuplicateId, node, null, "Two activities have the id {0}", node.Id);
                    node.NodeId = $"{node.NodeId}#{node.Index}";
                }
                else if (sharing[0] != node) Warning(ValidationCodes.DuplicateId, node, null, "Two activities have the id {0}", node.Id);
                node.Key = node.NodeId;
            }
        }
    }

    private CompiledVariable[] DeclareVariables(WorkflowNode? owner, IReadOnlyList<VariableDefinition> variables)
    {
        if (variables.Count == 0) return [];
        var compiled = new List<CompiledVariable>(variables.Count);
        foreach (var variable in variables)
        {
            if (variable.Name.Length == 0) continue;
            if (variable.Id.Length > 0) variableById[variable.Id] = variable.Name;
            variableNames.Add(variable.Name);
            if (!ValueTypes.TryConvert(variable.Value, ValueTypes.Of(variable.TypeName, variable.IsArray), out var value))
                Error(ValidationCodes.WrongValue, owner, null, "The value of the variable {0} is not of its type {1}", variable.Name, variable.TypeName);
            compiled.Add(new CompiledVariable(variable.Name, new FixedExpression(value)));
        }
        return [.. compiled];
    }

    /// <summary>The variables that activities write: they are known before any expression is read.</summary>
    private void Targets(WorkflowNode node)
    {
        if (node.Behaviour == Behaviour.BulkDispatchWorkflows)
        {
            variableNames.Add("Item");
            variableNames.Add("ChildInstanceId");
        }
        if (node.Behaviour is Behaviour.ForEach or Behaviour.ParallelForEach or Behaviour.For)
        {
            variableNames.Add("CurrentValue");
            variableNames.Add("CurrentIndex");
        }
        if (node.Behaviour == Behaviour.SetVariable)
        {
            var variable = node.Activity.Json["variable"];
            var id = variable.Str() ?? (variable as JsonObject).Str("id") ?? (variable as JsonObject).Obj("memoryReference").Str("id");
            node.VariableName = id is not null && variableById.TryGetValue(id, out var name) ? name : (variable as JsonObject).Str("name") ?? (id is not null && variableNames.Contains(id) ? id : null);
            if (node.VariableName is { Length: > 0 } known)
            {
                if (variableNames.Add(known)) Warning(ValidationCodes.UnknownVariable, node, "variable", "The activity {0} uses the variable {1}, which is not declared", node.Title, known);
            }
            else Error(ValidationCodes.MissingInput, node, "variable", "The activity {0} needs a value for {1}", node.Title, "Variable");
        }
        if (node.Descriptor is not { } descriptor) return;
        List<CompiledOutput>? outputs = null;
        foreach (var output in descriptor.Outputs)
        {
            if (Property(node, output.PropertyName, output.Name) is not JsonObject json || json.Obj("memoryReference").Str("id") is not { Length: > 0 } target) continue;
            if (variableById.TryGetValue(target, out var variable)) (outputs ??= []).Add(new CompiledOutput(output.PropertyName, variable, null));
            else if (outputNames.Contains(target)) (outputs ??= []).Add(new CompiledOutput(output.PropertyName, null, target));
            else if (variableNames.Contains(target)) (outputs ??= []).Add(new CompiledOutput(output.PropertyName, target, null));
        }
        if (outputs is not null) node.Outputs = [.. outputs];
    }

    // ---- inputs

    private void Inputs(WorkflowNode node)
    {
        if (node.Descriptor is not { } descriptor || descriptor.Executor == ActivityExecutor.NotRunHere)
        {
            // Not run, but what is written in it is still looked at, so that all findings show at once.
            foreach (var (name, value) in node.Activity.Json)
                if (value is JsonObject wrapped && wrapped.Obj("expression") is not null) Expression(node, name, wrapped, null);
            return;
        }
        var inputs = new List<CompiledInput>(descriptor.Inputs.Count);
        foreach (var input in descriptor.Inputs)
        {
            if (!input.IsWrapped && !input.AutoEvaluate && input.UIHint is "flow-switch-editor" or "switch-editor" or "variable-picker" or "http-status-codes") continue;
            var expression = Expression(node, input.PropertyName, Property(node, input.PropertyName, input.Name), input);
            if (expression is FixedExpression { IsEmpty: true } or null)
            {
                // Studio wants the default of a list as JSON text: it is read as if it stood in the file.
                if (input.DefaultValue is not null) expression = Typed(node, input.PropertyName, input.DefaultValue, input.TypeName, fromObject: input.DefaultSyntax == "Object");
                else if (input.IsRequired && !Reported(node, input.PropertyName)) Error(ValidationCodes.MissingInput, node, input.PropertyName, "The activity {0} needs a value for {1}", node.Title, input.DisplayName);
            }
            if (expression is null) continue;
            inputs.Add(new CompiledInput(input.PropertyName, expression, input.AutoEvaluate, input.IsSensitive));
            node.HasSensitiveInputs |= input.IsSensitive;
        }
        node.Inputs = [.. inputs];
        switch (node.Behaviour)
        {
            case Behaviour.FlowSwitch or Behaviour.Switch: Cases(node); break;
            case Behaviour.Cron: Fixed(node, "cronExpression", text => CronSchedule.TryParse(text, out _, out _)); break;
            case Behaviour.Calendar:
                Fixed(node, "times", text => CalendarSchedule.TryParse(CalendarSchedule.Compose(true, text, null, null, null), out _, out _));
                Fixed(node, "days", text => CalendarSchedule.TryParse(CalendarSchedule.Compose(true, "0", text, null, null), out _, out _));
                Fixed(node, "months", text => CalendarSchedule.TryParse(CalendarSchedule.Compose(true, "0", null, text, null), out _, out _));
                break;
            case Behaviour.Delay: Fixed(node, "timeSpan", text => Moments.TryParseSpan(text, out _)); break;
            case Behaviour.HttpEndpoint: Fixed(node, "path", HttpPaths.IsValid); break;
            case Behaviour.Timer: Fixed(node, "interval", text => Moments.TryParseSpan(text, out var span) && span > TimeSpan.Zero); break;
        }
        node.FixedMergeMode = node.Behaviour == Behaviour.FlowJoin ? JoinMode(node) : node.Activity.MergeMode ?? MergeMode.None;
    }

    private static JsonNode? Property(WorkflowNode node, string camel, string pascal) =>
        node.Activity.Json.TryGetPropertyValue(camel, out var value) ? value : node.Activity.Json.TryGetPropertyValue(pascal, out value) ? value : null;

    private bool Reported(WorkflowNode node, string property) => messages.Any(message => message.ActivityId == node.Id && message.PropertyName == property);

    private void Fixed(WorkflowNode node, string property, Func<string, bool> valid)
    {
        if (node.Input(property)?.Expression is FixedExpression { IsEmpty: false } literal && (literal.Value.Str() is not { } text || !valid(text)))
            Error(ValidationCodes.WrongValue, node, property, "The activity {0} cannot use this value: {1}", node.Title, literal.Value.Compact());
    }

    private static MergeMode? JoinMode(WorkflowNode node)
    {
        if (node.Input("mode")?.Expression is not { } expression) return MergeMode.Race;
        return expression is FixedExpression literal ? JoinMode(literal.Value) : null;
    }

    /// <summary>WaitAny is a race, WaitAll and WaitAllActive wait for all; older files write the number.</summary>
    internal static MergeMode JoinMode(JsonNode? value) => value is JsonValue number && number.GetValueKind() == System.Text.Json.JsonValueKind.Number
        ? ScriptValue.From(number).Num == 0 ? MergeMode.Race : MergeMode.Merge
        : value.Str() is { } name && name.StartsWith("WaitAll", StringComparison.OrdinalIgnoreCase) ? MergeMode.Merge : MergeMode.Race;

    private void Cases(WorkflowNode node)
    {
        var cases = Property(node, "cases", "Cases");
        if (cases is JsonObject wrapped && wrapped.Obj("expression") is { } expression)
            cases = expression["value"] is { } value && value.Str() is { } text && ValueTypes.TryParse(text, out var parsed) ? parsed : expression["value"];
        if (cases is not JsonArray list) return;
        var compiled = new List<CompiledCase>(list.Count);
        var labels = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is not JsonObject item) continue;
            var label = item.Str("label") ?? item.Str("Label") ?? "";
            if (label.Length == 0) Error(ValidationCodes.MissingInput, node, "cases", "A case of the activity {0} has no name", node.Title);
            else if (!labels.Add(label)) Error(ValidationCodes.WrongValue, node, "cases", "Two cases of the activity {0} are called {1}", node.Title, label);
            var condition = item["condition"] ?? item["Condition"];
            if (condition is JsonObject { } shape && shape.Obj("expression") is null) condition = new JsonObject { ["typeName"] = "Boolean", ["expression"] = shape.DeepClone() };
            var test = Expression(node, "cases", condition, new InputDescriptor { Name = "Cases", DisplayName = "Cases", TypeName = "Boolean" });
            if (test is not null) compiled.Add(new CompiledCase(label, test, byHolder.GetValueOrDefault(item)));
        }
        node.Cases = [.. compiled];
    }

    /// <summary>Null when there is nothing, or when it cannot be used (then a message says so).</summary>
    private CompiledExpression? Expression(WorkflowNode node, string property, JsonNode? json, InputDescriptor? input)
    {
        if (json is null) return null;
        var typeName = input?.TypeName;
        if (json is not JsonObject wrapped || !wrapped.ContainsKey("expression")) return Typed(node, property, json, typeName, fromObject: false);
        if (wrapped.Obj("expression") is not { } expression) return null;
        // What the descriptor says of the type is what the activity reads; the file's own type name may be of another time.
        if (input is null || ValueTypes.Of(typeName) == ValueType.Any) typeName = wrapped.Str("typeName") ?? typeName;
        var kind = expression.Str("type") ?? expression.Str("Type") ?? "Literal";
        var value = expression["value"] ?? expression["Value"];
        // Who types a text into a box of the house means its places to be filled, without having to say first of what kind the text is. Standard activities take a literal as Elsa does.
        if (kind is "Literal" or "" && input is not null && node.Descriptor?.Fills(input) == true && value.Str()?.Contains("{{", StringComparison.Ordinal) == true) kind = "Liquid";
        switch (kind)
        {
            case "Literal" or "": return Typed(node, property, value, typeName, fromObject: false);
            case "Object" or "Json": return Typed(node, property, value, typeName, fromObject: true);
            case "Variable":
                var id = value.Str() ?? (value as JsonObject).Str("id") ?? "";
                var variable = variableById.TryGetValue(id, out var found) ? found : (value as JsonObject).Str("name") ?? (variableNames.Contains(id) ? id : null);
                if (string.IsNullOrEmpty(variable) && id.Length == 0) return null;
                if (variable is null || !variableNames.Contains(variable))
                {
                    Error(ValidationCodes.UnknownVariable, node, property, "The activity {0} uses the variable {1}, which is not declared", node.Title, variable ?? id);
                    return null;
                }
                return Wrap(new VariableExpression(variable), typeName);
            case "Input":
                var name = value.Str() ?? (value as JsonObject).Str("name") ?? "";
                if (name.Length == 0) return null;
                if (!inputNames.Contains(name)) Warning(ValidationCodes.UnknownInput, node, property, "The activity {0} uses the input {1}, which is not declared", node.Title, name);
                return Wrap(new InputExpression(name), typeName);
            case "JavaScript":
                if (value.Str() is not { } script || string.IsNullOrWhiteSpace(script)) return null;
                try
                {
                    var parsed = Script.Parse(script);
                    Names(node, property, parsed.Names);
                    return Wrap(new ScriptExpression(parsed), typeName);
                }
                catch (ScriptException e)
                {
                    Syntax(node, property, e);
                    return null;
                }
            case "Liquid" or "Handlebars":
                if (value.Str() is not { } text) return null;
                try
                {
                    var parsed = TextTemplate.Parse(text);
                    Names(node, property, parsed.Names);
                    return Wrap(new TemplateExpression(parsed), typeName);
                }
                catch (ScriptException e)
                {
                    Syntax(node, property, e);
                    return null;
                }
            default:
                Error(ValidationCodes.UnknownExpression, node, property, "The activity {0} uses an expression that cannot be run here: {1}", node.Title, kind);
                return null;
        }
    }

    private static CompiledExpression Wrap(CompiledExpression expression, string? typeName) =>
        ValueTypes.Of(typeName) is var type and not ValueType.Any ? new TypedExpression(expression, type, typeName!) : expression;

    private FixedExpression? Typed(WorkflowNode node, string property, JsonNode? value, string? typeName, bool fromObject)
    {
        if (value is null) return null;
        var type = ValueTypes.Of(typeName);
        if (fromObject && value.Str() is { } text)
        {
            if (string.IsNullOrWhiteSpace(text)) return null;
            if (ValueTypes.TryParse(text, out var parsed)) value = parsed;
            // A plain word is no JSON, and for a text it is what it says.
            else if (type != ValueType.Text)
            {
                Error(ValidationCodes.WrongValue, node, property, "The activity {0} has a value for {1} that is no JSON", node.Title, property);
                return null;
            }
        }
        if (ValueTypes.TryConvert(value, type, out var converted)) return new FixedExpression(converted);
        Error(ValidationCodes.WrongValue, node, property, "The activity {0} cannot use this value: {1}", node.Title, value.Compact());
        return null;
    }

    private void Names(WorkflowNode node, string property, IReadOnlyList<(string Kind, string Name, int Position)> names)
    {
        foreach (var (kind, name, position) in names)
            switch (kind)
            {
                case "variable" when !variableNames.Contains(name):
                    Error(ValidationCodes.UnknownVariable, node, property, "The activity {0} uses the variable {1}, which is not declared", position, node.Title, name);
                    break;
                case "input" when !inputNames.Contains(name):
                    Add(ValidationSeverity.Warning, ValidationCodes.UnknownInput, node, property, "The activity {0} uses the input {1}, which is not declared", position, [node.Title, name]);
                    break;
                case "accessor" when !Accessible(name):
                    Error(ValidationCodes.ExpressionSyntax, node, property, "{0} cannot be used in an expression", position, $"get{name}()");
                    break;
                case "activity" when !nodes.Any(other => other.Name == name || other.Id == name):
                    Error(ValidationCodes.ExpressionSyntax, node, property, "There is no activity of the name {0}", position, name);
                    break;
                case "data" when dataRoots is not null && !dataRoots.Contains(name):
                    Error(ValidationCodes.ExpressionSyntax, node, property, "{0} is not known", position, name);
                    break;
            }
    }

    private bool Accessible(string name)
    {
        var camel = ActivityDescriptor.Camel(name);
        if (variableNames.Contains(name) || variableNames.Contains(camel) || inputNames.Contains(name) || inputNames.Contains(camel)) return true;
        var from = name.IndexOf("From", StringComparison.Ordinal);
        return from > 0 && nodes.Any(node => node.Name == name[(from + 4)..] || node.Id == name[(from + 4)..]);
    }

    private void Syntax(WorkflowNode node, string property, ScriptException e) => Add(ValidationSeverity.Error, ValidationCodes.ExpressionSyntax, node, property, e.Template, e.Position, e.Arguments);

    // ---- flowcharts

    private void Flowchart(WorkflowNode flowchart)
    {
        var activities = flowchart.ChildList.Where(child => child.Port == "activities").ToArray();
        var connections = flowchart.Activity.Connections;
        var ids = activities.Select(activity => activity.Id).ToHashSet(StringComparer.Ordinal);
        var targets = connections.Select(connection => connection.Target).ToHashSet(StringComparer.Ordinal);
        var named = flowchart.Activity.Json["start"] is JsonObject startObject ? startObject.Str("id") : flowchart.Activity.Json["start"].Str();
        var start = (named is { Length: > 0 } ? activities.FirstOrDefault(activity => activity.Id == named) : null)
            ?? activities.FirstOrDefault(activity => activity.Behaviour == Behaviour.Start)
            ?? activities.FirstOrDefault(activity => activity.Activity.CanStartWorkflow)
            ?? activities.FirstOrDefault(activity => !targets.Contains(activity.Id));
        if (named is { Length: > 0 } && !ids.Contains(named)) Warning(ValidationCodes.NoStart, flowchart, "start", "The flowchart {0} starts with {1}, which is not there", flowchart.Title, named);
        if (activities.Length == 0)
        {
            if (flowchart.Parent is null) Error(ValidationCodes.EmptyFlowchart, flowchart, null, "The routine has no activities");
        }
        else if (start is null)
        {
            start = activities[0];
            Warning(ValidationCodes.NoStart, flowchart, null, "It is not clear where the flowchart {0} starts: {1} is taken", flowchart.Title, start.Title);
        }
        flowchart.Graph = new FlowGraph(activities, connections, start);

        foreach (var connection in connections)
        {
            if (!ids.Contains(connection.Source) || !ids.Contains(connection.Target))
            {
                var missing = ids.Contains(connection.Source) ? connection.Target : connection.Source;
                Error(ValidationCodes.DanglingConnection, flowchart, "connections", "An arrow of the flowchart {0} leads to or from {1}, which is not there", flowchart.Title, missing);
                continue;
            }
            var from = activities.First(activity => activity.Id == connection.Source);
            if (from.Descriptor is not null && Outcomes(from) is { } outcomes && !outcomes.Contains(connection.SourcePort))
                Error(ValidationCodes.UnknownOutcome, from, null, "An arrow leaves the activity {0} by {1}, which is not one of its outcomes", from.Title, connection.SourcePort);
        }

        foreach (var activity in activities)
            foreach (var port in activity.Descriptor?.Ports.Where(port => port.Failure) ?? [])
                if (!connections.Any(connection => connection.Source == activity.Id && connection.SourcePort == port.Name))
                    Warning(ValidationCodes.FailureEnds, activity, null, "No arrow leaves the activity {0} by {1}: a job that fails there ends without a word", activity.Title, port.Name);

        // A trigger is a way in of its own; what only it reaches is not lost.
        var reached = new HashSet<int>();
        var stack = new Stack<int>();
        foreach (var entry in activities.Where(activity => activity == start || activity.Activity.CanStartWorkflow))
            if (flowchart.Graph.Place(entry.Id) is { } place) stack.Push(place);
        while (stack.TryPop(out var place))
            if (reached.Add(place))
                foreach (var arrow in flowchart.Graph.Outbound(place)) stack.Push(arrow.To);
        for (var i = 0; i < activities.Length; i++)
            if (flowchart.Graph.Place(activities[i].Id) == i && !reached.Contains(i)) Warning(ValidationCodes.Unreachable, activities[i], null, "Nothing leads to the activity {0}", activities[i].Title);
    }

    /// <summary>The outcomes that an activity can have; null when they are known only when it runs.</summary>
    private static HashSet<string>? Outcomes(WorkflowNode node)
    {
        if (node.Behaviour == Behaviour.Routine) return null;
        var descriptor = node.Descriptor!;
        var outcomes = new HashSet<string>(descriptor.Outcomes, StringComparer.Ordinal);
        outcomes.UnionWith(descriptor.HiddenOutcomes);
        if (node.Behaviour == Behaviour.FlowSwitch)
        {
            foreach (var choice in node.Cases) outcomes.Add(choice.Label);
            if (Property(node, "cases", "Cases") is JsonArray list)
                foreach (var item in list) outcomes.Add((item as JsonObject).Str("label") ?? "");
        }
        if (descriptor.OutcomesInput is { } name)
        {
            if (node.Input(ActivityDescriptor.Camel(name))?.Expression is { } expression)
            {
                if (expression is not FixedExpression literal) return null;
                foreach (var outcome in OutcomeNames(literal.Value)) outcomes.Add(outcome);
            }
            if (outcomes.Count == 0) outcomes.Add("Done");
        }
        return outcomes;
    }

    /// <summary>Names from a list of names, or of objects with a name.</summary>
    internal static IEnumerable<string> OutcomeNames(JsonNode? value) => value is JsonArray list
        ? list.Select(item => item.Str() ?? (item is JsonValue number && number.GetValueKind() == System.Text.Json.JsonValueKind.Number ? number.ToJsonString() : null) ?? (item as JsonObject).Str("name") ?? (item as JsonObject).Str("label")).OfType<string>()
        : value.Str() is { Length: > 0 } one ? [one] : [];

    // ---- findings

    private void Error(string code, WorkflowNode? node, string? property, string message, params string[] arguments) => Add(ValidationSeverity.Error, code, node, property, message, null, arguments);

    private void Error(string code, WorkflowNode? node, string? property, string message, int position, params string[] arguments) => Add(ValidationSeverity.Error, code, node, property, message, position, arguments);

    private void Warning(string code, WorkflowNode? node, string? property, string message, params string[] arguments) => Add(ValidationSeverity.Warning, code, node, property, message, null, arguments);

    private void Add(ValidationSeverity severity, string code, WorkflowNode? node, string? property, string message, int? position, IReadOnlyList<string> arguments) =>
        messages.Add(new ValidationMessage(severity, code, node?.Id, node?.Title, property, message, arguments, position));
}
