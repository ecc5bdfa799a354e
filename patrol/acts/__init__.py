"""Acts (值勤操作) that a guard did without a network: begin and end of a shift and of a break, said later, each with what proves
its moment. A phone's word is no proof: what is not proved is neither late nor paid, and a person may decide."""
