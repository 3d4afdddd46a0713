using Crm.Core;
using Crm.Platform.Contracts;
using Crm.Platform.Jobs;
using FluentValidation;
using MediatR;

namespace Crm.Platform.Features.Bin;

/// <summary>How long deleted records are kept.</summary>
[Requires(PlatformPermissions.ManageSettings)]
internal sealed record SaveBinRulesCommand(int Days) : ICommand;

internal sealed class SaveBinRulesValidator : AbstractValidator<SaveBinRulesCommand>
{
    public SaveBinRulesValidator() => RuleFor(c => c.Days).InclusiveBetween(1, 3650);
}

internal sealed class SaveBinRulesHandler(ISettings settings) : IRequestHandler<SaveBinRulesCommand, Unit>
{
    public async Task<Unit> Handle(SaveBinRulesCommand request, CancellationToken cancellationToken)
    {
        await settings.SetAsync(BinRules.Key, new BinRules { Days = request.Days }, cancellationToken);
        return Unit.Value;
    }
}
