using MediatR;

namespace Crm.Core;

/// <summary>A change of data. Pages, the API, routine activities, jobs and imports all send the same command through the same permission check, validation, save and audit.</summary>
/// <typeparam name="T">What the caller gets back, usually the id of what was made.</typeparam>
public interface ICommand<out T> : IRequest<T>;

/// <summary>A change of data that answers nothing.</summary>
public interface ICommand : ICommand<Unit>;
